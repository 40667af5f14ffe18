import { createContext, useContext, useEffect, useState, type RefObject } from 'react';

/** Knows which parts of the page are on the screen, or close to it. */
export interface Sight {
  /** Tells whenever an element comes into sight or goes out of it. @returns how to stop */
  watch(element: Element, tell: (isInSight: boolean) => void): () => void;
}

/** As much of the screen's height above and below it: who scrolls finds things ready. */
const AROUND = '50% 0px';

export function createSight(): Sight {
  const tells = new WeakMap<Element, (isInSight: boolean) => void>();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) tells.get(target)?.(isIntersecting);
    },
    { rootMargin: AROUND },
  );
  return {
    watch(element, tell) {
      tells.set(element, tell);
      observer.observe(element);
      return () => observer.unobserve(element);
    },
  };
}

const SightContext = createContext<Sight | null>(null);

export const SightProvider = SightContext.Provider;

/** Whether an element is to be seen; not so until it was looked at. */
export function useInSight(element: RefObject<Element | null>): boolean {
  const sight = useContext(SightContext);
  const [isInSight, setInSight] = useState(false);
  useEffect(() => (element.current === null ? undefined : sight?.watch(element.current, setInSight)), [sight, element]);
  return isInSight;
}
