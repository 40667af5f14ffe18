/** One of Microsoft's clouds. Tokens are not interchangeable between them. Source: national cloud deployments. */
interface Cloud {
  readonly name: string;
  readonly graphHosts: readonly string[];
  /** The one to use first; others are its older names. */
  readonly authorityHosts: readonly [string, ...string[]];
}

const CLOUDS: readonly Cloud[] = [
  {
    name: 'the global cloud',
    graphHosts: ['graph.microsoft.com'],
    authorityHosts: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com'],
  },
  {
    name: 'the cloud of the US government',
    graphHosts: ['graph.microsoft.us', 'dod-graph.microsoft.us'],
    authorityHosts: ['login.microsoftonline.us'],
  },
  {
    name: 'the cloud of China',
    graphHosts: ['microsoftgraph.chinacloudapi.cn'],
    authorityHosts: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
  },
];

/** @returns null for a host that is none of Microsoft Graph's */
export function cloudOfGraph(graphUrl: URL): Cloud | null {
  return CLOUDS.find(({ graphHosts }) => graphHosts.includes(graphUrl.hostname)) ?? null;
}

/** @returns null for a host that is none of Microsoft's clouds */
export function cloudOfAuthority(authorityUrl: URL): Cloud | null {
  return CLOUDS.find(({ authorityHosts }) => authorityHosts.includes(authorityUrl.hostname)) ?? null;
}
