/**
 * For `node --import`: this process takes the time for as much later as CLOCK_AHEAD_MS says. Like a wall clock that is
 * set wrong it is wrong in all that tells the date, and runs no faster.
 */
const aheadMs = Number(globalThis.process.env['CLOCK_AHEAD_MS']);
const { performance, Date: MachineDate } = globalThis;

Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + aheadMs });

globalThis.Date = class extends MachineDate {
  constructor(/** @type {any[]} */ ...of) {
    super(...(of.length === 0 ? [MachineDate.now() + aheadMs] : of));
  }

  static now() {
    return MachineDate.now() + aheadMs;
  }
};
