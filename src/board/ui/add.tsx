import { useId, useRef, useState, type ReactNode, type SubmitEvent } from 'react';
import { triedOf, type Outcome, type Tried } from '../attempt.js';
import { readForm, readPasted, type PlaceKind } from '../domain/pasted.js';
import { MAX_WATCHES } from '../domain/saved.js';
import { nameOf, type Watch } from '../domain/watch.js';
import { meaningOf, useWords, type Words } from './words.js';

interface AddProps {
  /** @returns what came of it, once the gateway has said so */
  readonly onAdd: (watch: Watch) => Promise<Outcome>;
}

/** The ways to put something on the board: a pasted header first, and everything else one step away. */
export function Add({ onAdd }: AddProps): ReactNode {
  const { text } = useWords();
  return (
    <section className="add" aria-labelledby="add-heading">
      <h2 id="add-heading">{text.add.heading}</h2>
      <Paste onAdd={onAdd} />
      <details>
        <summary>{text.add.byId}</summary>
        <ById onAdd={onAdd} />
      </details>
    </section>
  );
}

/** What went wrong, in words; it stays until the next try. */
function useTry(onAdd: AddProps['onAdd']) {
  const words = useWords();
  const [wrong, setWrong] = useState<string | null>(null);
  const attempt = async (watches: readonly Watch[]): Promise<Tried> => {
    setWrong(null);
    const tried = triedOf(watches, await Promise.all(watches.map(onAdd)));
    setWrong(wordsOf(tried.wrong, words));
    return tried;
  };
  return { wrong, setWrong, attempt };
}

function wordsOf(outcome: Outcome, { text, format }: Words): string | null {
  if (outcome === null) return null;
  if (outcome === 'known') return text.add.known;
  if (outcome === 'full') return text.add.full(format.number(MAX_WATCHES));
  return `${meaningOf(outcome.code, text)}: ${outcome.message}`;
}

function Paste({ onAdd }: AddProps): ReactNode {
  const { text } = useWords();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [value, setValue] = useState('');
  const { wrong, setWrong, attempt } = useTry(onAdd);

  const submit = (): void => {
    const watches = readPasted(value);
    field.current?.focus();
    if (watches.length === 0) {
      setWrong(text.add.empty);
      return;
    }
    setValue('');
    void attempt(watches).then(({ again }) => {
      // To be mended, unless something else stands there; the others are done.
      setValue((now) => (now === '' ? again.map(nameOf).join('\n') : now));
    });
  };

  return (
    <form
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        submit();
      }}
    >
      <label htmlFor={`${id}-field`}>{text.add.label}</label>
      <div className="row">
        <textarea
          ref={field}
          id={`${id}-field`}
          rows={1}
          value={value}
          spellCheck={false}
          autoCapitalize="off"
          placeholder="Location: /teams('…')/operations('…')"
          aria-describedby={`${id}-hint ${id}-wrong`}
          aria-invalid={wrong !== null}
          onChange={({ target }) => setValue(target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            submit();
          }}
        />
        <button type="submit" className="primary">
          {text.add.button}
        </button>
      </div>
      <p id={`${id}-wrong`} className="wrong" role="alert">
        {wrong}
      </p>
      <p id={`${id}-hint`} className="hint">
        {text.add.hint}
      </p>
    </form>
  );
}

function ById({ onAdd }: AddProps): ReactNode {
  const { text } = useWords();
  const id = useId();
  const [kind, setKind] = useState<PlaceKind>('team');
  const [hostId, setHostId] = useState('');
  const [operationId, setOperationId] = useState('');
  const { wrong, setWrong, attempt } = useTry(onAdd);

  const submit = (): void => {
    if (hostId.trim() === '') {
      setWrong(text.add.hostIdMissing);
      return;
    }
    void attempt([readForm(kind, hostId, operationId)]).then(({ wrong }) => {
      if (wrong === null) setOperationId('');
    });
  };

  return (
    <form
      className="by-id"
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        submit();
      }}
    >
      <fieldset>
        <legend>{text.add.kind}</legend>
        {(['team', 'chat'] as const).map((each) => (
          <label key={each}>
            <input type="radio" name={`${id}-kind`} checked={kind === each} onChange={() => setKind(each)} />
            {text.add[each]}
          </label>
        ))}
      </fieldset>
      <label>
        {kind === 'team' ? text.add.teamId : text.add.chatId}
        <input
          value={hostId}
          spellCheck={false}
          placeholder={kind === 'team' ? '7ea00000-0000-…' : '19:…@thread.v2'}
          aria-invalid={wrong !== null}
          aria-describedby={`${id}-wrong`}
          onChange={({ target }) => setHostId(target.value)}
        />
      </label>
      <label>
        {text.add.operationId}
        <input
          value={operationId}
          spellCheck={false}
          aria-describedby={`${id}-hint`}
          onChange={({ target }) => setOperationId(target.value)}
        />
      </label>
      <button type="submit">{operationId.trim() === '' ? text.add.watchAll : text.add.button}</button>
      <p id={`${id}-wrong`} className="wrong" role="alert">
        {wrong}
      </p>
      <p id={`${id}-hint`} className="hint">
        {text.add.operationIdHint}
      </p>
    </form>
  );
}
