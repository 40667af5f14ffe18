import { describe, expect, it } from '@jest/globals';
import { createNotifications, type BrowserNotifications } from '../../src/board/notifications.js';
import { createSettings } from '../../src/board/settings.js';

/** What a browser lets a page show; one that throws at it is Chrome for Android. */
function open({ answer = 'granted', throws = false } = {}) {
  const shown: string[] = [];
  class Shown {
    static permission = 'default';
    static requestPermission(): Promise<string> {
      Shown.permission = answer;
      return Promise.resolve(answer);
    }
    constructor(
      readonly title: string,
      { body, tag }: { readonly body: string; readonly tag: string },
    ) {
      if (throws) throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
      shown.push([title, body, tag].join(' / '));
    }
  }
  const values = new Map<string, string>();
  const settings = createSettings({
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
  });
  const browser: BrowserNotifications = Shown;
  const notifications = createNotifications(settings, () => browser);
  return { notifications, settings, shown };
}

describe('notifications', () => {
  it('are shown once they were asked for and granted, until they are not wanted any more', async () => {
    const { notifications, settings, shown } = open();
    notifications.show('Archive team: Failed', 'Locked.', 'one');
    await notifications.turn(true);
    notifications.show('Archive team: Succeeded', '', 'two');
    expect([notifications.areOn(), notifications.areDenied(), settings.state().saved.notifies]).toEqual([
      true,
      false,
      true,
    ]);
    await notifications.turn(false);
    notifications.show('Clone team: Succeeded', '', 'three');
    expect(shown).toEqual(['Archive team: Succeeded /  / two']);
    expect(notifications.areDenied()).toBe(false);
  });

  it.each([
    { what: 'the reader refuses', how: { answer: 'denied' } },
    { what: 'the browser grants them and then shows none', how: { throws: true } },
  ])('are taken back, and that is said, where $what', async ({ how }) => {
    const { notifications, settings, shown } = open(how);
    let heard = 0;
    notifications.listen(() => (heard += 1));
    await notifications.turn(true);
    notifications.show('Archive team: Failed', 'Locked.', 'one');
    expect(shown).toEqual([]);
    expect([notifications.areOn(), notifications.areDenied(), settings.state().saved.notifies]).toEqual([
      false,
      true,
      false,
    ]);
    expect(heard).toBeGreaterThan(0);
  });

  it('are denied where the browser has none', async () => {
    const { settings } = open();
    const notifications = createNotifications(settings, () => null);
    await notifications.turn(true);
    expect([notifications.areOn(), notifications.areDenied()]).toEqual([false, true]);
  });
});
