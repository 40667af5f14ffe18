import { useState, type ReactNode } from 'react';
import { type Outcome } from '../attempt.js';
import { MAX_WATCHES } from '../domain/saved.js';
import { type DemoName } from '../i18n/messages.js';
import { type DemoRequest, type Sandbox } from '../sandbox.js';
import { useWords } from './words.js';

interface SandboxPanelProps {
  readonly sandbox: Sandbox;
  /** @param location the header of what was started @returns what came of putting it on the board */
  readonly onStarted: (location: string) => Promise<Outcome>;
}

/** Buttons that start an operation as an application would, for whoever has none to paste. */
export function SandboxPanel({ sandbox, onStarted }: SandboxPanelProps): ReactNode {
  const { text, format } = useWords();
  const [wrong, setWrong] = useState<string | null>(null);
  const start = (request: DemoRequest): void => {
    setWrong(null);
    const began = async (location: string): Promise<void> => {
      if ((await onStarted(location)) === 'full') setWrong(text.add.full(format.number(MAX_WATCHES)));
    };
    sandbox.start(request).then(began, (error: unknown) => {
      setWrong(text.sandbox.failed(error instanceof Error ? error.message : String(error)));
    });
  };
  return (
    <section className="sandbox" aria-labelledby="sandbox-heading">
      <h2 id="sandbox-heading">{text.sandbox.heading}</h2>
      <p className="hint">{text.sandbox.hint}</p>
      <div className="row">
        {sandbox.requests.map((request) => (
          <button key={request.name} type="button" title={`POST ${request.path}`} onClick={() => start(request)}>
            {request.name in text.sandbox.requests ? text.sandbox.requests[request.name as DemoName] : request.name}
          </button>
        ))}
      </div>
      <p className="wrong" role="alert">
        {wrong}
      </p>
    </section>
  );
}
