import { type Clock } from '../lib/clock.js';
import { type OperationHost } from '../operation/ref.js';
import { noteCompany, parseCompany, printCompany } from './company.js';
import { type PollTimes } from './dues.js';
import { parseListNotice, printListNotice } from './list-notice.js';
import { noteListElsewhere } from './lister.js';
import { type HostGroup } from './plan.js';
import { type Store } from './ports.js';
import { type WholeList } from './reads.js';

/** What processes that watch one host tell each other of it: what is on its list, and what each of them watches. */
export interface HostNotices {
  /** A list was read here. */
  tellList(host: OperationHost, list: WholeList): void;
  /** Something of the host was checked here. */
  tellCompany(host: OperationHost): void;
}

export interface HostNoticesOptions {
  readonly store: Pick<Store, 'notices' | 'replicas'>;
  readonly clock: Clock;
  readonly times: PollTimes;
  /** By location. */
  readonly groups: ReadonlyMap<string, HostGroup>;
  /** What was heard may change when a host is read next. */
  readonly touch: (group: HostGroup) => void;
}

export function hearHostNotices({ store, clock, times, groups, touch }: HostNoticesOptions): HostNotices {
  store.notices.hear('company', (notice) => {
    const told = parseCompany(notice);
    const group = told === null ? undefined : groups.get(told.host);
    if (told === null || group === undefined) return;
    // Whoever watches renews a proof before one ends, and says so again then.
    noteCompany(group.company, told, clock.now(), times.proofMs);
    touch(group);
  });

  store.notices.hear('list', (notice) => {
    const list = parseListNotice(notice, clock);
    const group = list === null ? undefined : groups.get(list.host);
    if (list === null || group?.lister == null) return;
    noteListElsewhere(group.lister, list.locations, list.readAt);
    touch(group);
  });

  return {
    tellList: (host, list) => store.notices.tell('list', printListNotice(host, list, clock)),
    tellCompany(host) {
      const group = store.replicas() > 1 ? groups.get(host.location) : undefined;
      const notice = group === undefined ? null : printCompany(group, clock);
      if (notice !== null) store.notices.tell('company', notice);
    },
  };
}
