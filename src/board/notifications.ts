import { type Settings } from './settings.js';

/** What the board needs of the browser's notifications. */
export interface BrowserNotifications {
  readonly permission: string;
  requestPermission(): Promise<string>;
  new (title: string, options: { readonly body: string; readonly tag: string }): unknown;
}

/** Says what has ended to whoever does not look at the page, once somebody has asked for it. */
export interface Notifications {
  /** Whether they were asked for and can be shown. */
  readonly areOn: () => boolean;
  /** Whether they were asked for and the browser does not show any. */
  readonly areDenied: () => boolean;
  /** @returns how to stop listening */
  readonly listen: (listener: () => void) => () => void;
  turn(isOn: boolean): Promise<void>;
  /** @param tag a later one with the same tag takes its place */
  show(title: string, body: string, tag: string): void;
}

/** @param browser's own, looked for each time; null also where the page was not had over HTTPS, nor from this machine */
export function createNotifications(
  settings: Pick<Settings, 'state' | 'change'>,
  browser: () => BrowserNotifications | null,
): Notifications {
  let areDenied = false;
  const listeners = new Set<() => void>();
  const set = (isOn: boolean, isDenied: boolean): void => {
    areDenied = isDenied;
    settings.change({ notifies: isOn });
    for (const listener of [...listeners]) listener();
  };
  const areOn = (): boolean => settings.state().saved.notifies && browser()?.permission === 'granted';
  return {
    areOn,
    areDenied: () => areDenied,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async turn(isOn) {
      const isGranted = isOn && (await browser()?.requestPermission()) === 'granted';
      set(isGranted, isOn && !isGranted);
    },
    show(title, body, tag) {
      const Shown = browser();
      if (Shown === null || !areOn()) return;
      try {
        new Shown(title, { body, tag });
      } catch {
        set(false, true); // Chrome for Android grants them, and then a page may not show one
      }
    },
  };
}
