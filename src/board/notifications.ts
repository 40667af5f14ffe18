/** What the board needs of the browser's notifications. */
export interface Notifications {
  /** `unsupported` also where the page was not had over HTTPS, nor from this machine. */
  readonly permission: () => 'default' | 'granted' | 'denied' | 'unsupported';
  readonly ask: () => Promise<boolean>;
  /** @param tag a later one with the same tag takes its place */
  readonly show: (title: string, body: string, tag: string) => void;
}
