import { type ReactNode } from 'react';
import { type State } from '../domain/operation.js';

/** A state by its shape alone, beside the word for it: nobody has to tell colours apart. */
export function StateMark({ state }: { readonly state: State }): ReactNode {
  return (
    <svg
      className={`mark mark-${state}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[state]}
    </svg>
  );
}

const SHAPES: Readonly<Record<State, ReactNode>> = {
  NOT_STARTED: <circle cx="8" cy="8" r="5.75" className="line" strokeDasharray="2.6 2" />,
  RUNNING: (
    <>
      <circle cx="8" cy="8" r="5.75" className="line faint" />
      <path d="M8 2.25a5.75 5.75 0 0 1 5.75 5.75" className="line turning" />
      <circle cx="8" cy="8" r="2" className="solid" />
    </>
  ),
  SUCCEEDED: (
    <>
      <circle cx="8" cy="8" r="6.5" className="solid" />
      <path d="m5 8.2 2.1 2.1L11.2 6" className="inner" />
    </>
  ),
  FAILED: (
    <>
      <path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z" className="solid" />
      <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" className="inner" />
    </>
  ),
  CANCELLED: (
    <>
      <rect x="1.75" y="1.75" width="12.5" height="12.5" rx="2.5" className="solid" />
      <path d="M5 8h6" className="inner" />
    </>
  ),
  UNKNOWN: (
    <>
      <path d="M8 1.2 14.8 8 8 14.8 1.2 8z" className="line" />
      <path d="M6.6 6.6a1.5 1.5 0 1 1 2 1.5c-.4.2-.6.4-.6.9m0 1.6v.1" className="line" />
    </>
  ),
};
