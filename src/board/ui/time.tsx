import { createContext, useContext, useSyncExternalStore } from 'react';

/** A second hand that all of the page shares: it turns while something listens to it. */
export interface SecondHand {
  readonly now: () => number;
  readonly listen: (listener: () => void) => () => void;
}

const TimeContext = createContext<SecondHand | null>(null);

export const TimeProvider = TimeContext.Provider;

/** Epoch ms by the machine's clock, anew each second; with `isGoing` false only when something else is drawn anew. */
export function useNow(isGoing = true): number {
  const hand = useContext(TimeContext);
  if (hand === null) throw new Error('There is no clock around this part of the page.');
  return useSyncExternalStore(isGoing ? hand.listen : STANDING, hand.now);
}

const STANDING: SecondHand['listen'] = () => () => undefined;
