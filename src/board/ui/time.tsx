import { createContext, useContext, useSyncExternalStore } from 'react';

/** A second hand that all of the page shares: it turns while something listens to it. */
export interface SecondHand {
  readonly now: () => number;
  readonly listen: (listener: () => void) => () => void;
}

const TimeContext = createContext<SecondHand | null>(null);

export const TimeProvider = TimeContext.Provider;

/** Epoch ms by the machine's clock, anew each second. */
export function useNow(): number {
  const hand = useContext(TimeContext);
  if (hand === null) throw new Error('There is no clock around this part of the page.');
  return useSyncExternalStore(hand.listen, hand.now);
}
