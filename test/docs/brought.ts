/** Of MSAL what the code on a page calls. Its own types bring those of Node along: more than all else that a page names. */
export interface Msal {
  acquireTokenSilent(request: {
    readonly account: object;
    readonly scopes: string[];
    readonly forceRefresh?: boolean;
    readonly claims?: string;
  }): Promise<{ readonly accessToken: string }>;
}
