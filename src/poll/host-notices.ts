import { type Clock } from '../lib/clock.js';
import { type OperationHost } from '../operation/ref.js';
import { parseListNotice, printListNotice } from './list-notice.js';
import { noteListElsewhere } from './lister.js';
import { type HostGroup } from './plan.js';
import { type Store } from './ports.js';
import { type WholeList } from './reads.js';

/** What processes that watch one host tell each other of it. */
export interface HostNotices {
  /** A list was read here. */
  tellList(host: OperationHost, list: WholeList): void;
}

export interface HostNoticesOptions {
  readonly store: Pick<Store, 'notices'>;
  readonly clock: Clock;
  /** By location. */
  readonly groups: ReadonlyMap<string, HostGroup>;
  /** What was heard may change when a host is read next. */
  readonly touch: (group: HostGroup) => void;
}

export function hearHostNotices({ store, clock, groups, touch }: HostNoticesOptions): HostNotices {
  store.notices.hear('list', (notice) => {
    const list = parseListNotice(notice, clock);
    const group = list === null ? undefined : groups.get(list.host);
    if (list === null || group?.lister == null) return;
    noteListElsewhere(group.lister, list.locations, list.readAt);
    touch(group);
  });

  return { tellList: (host, list) => store.notices.tell('list', printListNotice(host, list, clock)) };
}
