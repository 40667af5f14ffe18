import { describe, expect, it } from '@jest/globals';
import { createReservations } from '../../src/server/reservations.js';

describe('streams that are reserved', () => {
  it('are a tenth of all sockets at most, whoever reserves them', () => {
    const reservations = createReservations(25);
    expect(['a', 'b', 'c'].map((subject) => reservations.add(subject))).toEqual([null, null, null]);
    expect(reservations.add('d')).toMatchObject({
      limit: 'RESERVED_STREAMS',
      message: 'This process has at most 3 reserved streams that are not opened: open them.',
    });
    reservations.remove('b');
    expect(reservations.add('d')).toBeNull();
  });
});
