import { type PublicClientApplication } from '@azure/msal-node';
import { type Msal } from './brought.js';

/** `npm run types` holds what stands for MSAL to MSAL itself. */
export const asItIs: (msal: PublicClientApplication) => Msal = (msal) => msal;
