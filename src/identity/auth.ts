/** Whose token Graph sees, and what the gateway needs to have it. */
export type Auth = ForwardAuth | OnBehalfOfAuth | AppAuth;

/** The caller's own; to the gateway it is opaque. */
export interface ForwardAuth {
  readonly mode: 'forward';
}

/** One for Graph, had in exchange for the caller's, which is for this gateway. */
export interface OnBehalfOfAuth extends EntraAuth {
  readonly mode: 'on-behalf-of';
}

/** The gateway's own; a caller proves with a token for this gateway that it may use it. */
export interface AppAuth extends EntraAuth {
  readonly mode: 'app';
  /** The app role that a caller's token must bear. */
  readonly requiredRole: string;
}

/** The gateway as an app that is registered with Microsoft Entra. */
export interface EntraAuth {
  /** The root of the token authority, an origin without a path. Plain http only on this machine. */
  readonly authorityUrl: URL;
  /** A GUID, or one of the tenant's domain names. */
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: ClientCredential;
  /** For whom a caller's token must be made out: one of these. */
  readonly audiences: readonly string[];
}

/** How the gateway proves who it is. What must be kept is behind a function, so that no log of an Auth can hold it. */
export type ClientCredential =
  | { readonly kind: 'secret'; readonly secret: () => string }
  | {
      readonly kind: 'certificate';
      /** Hexadecimal. */
      readonly thumbprintSha256: string;
      /** PEM, the gateway's own certificate first. */
      readonly chain: string;
      /** PEM, PKCS #8. */
      readonly privateKey: () => string;
    };
