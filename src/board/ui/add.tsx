import { useId, useRef, useState, type ReactNode, type SubmitEvent } from 'react';
import { readForm, readPasted, type PlaceKind } from '../domain/pasted.js';
import { type Watch } from '../domain/watch.js';
import { type Problem } from '../transport/problem.js';
import { meaningOf, useWords } from './words.js';

interface AddProps {
  /** @returns what is wrong with it, once the gateway has said so; `known` when it is on the board */
  readonly onAdd: (watch: Watch) => Promise<Problem | 'known' | null>;
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
  const { text } = useWords();
  const [wrong, setWrong] = useState<string | null>(null);
  const attempt = async (watches: readonly Watch[]): Promise<boolean> => {
    setWrong(null);
    const problems = await Promise.all(watches.map(onAdd));
    const problem = problems.find((one) => one === 'known' || one?.code === 'BAD_USER_INPUT') ?? null;
    if (problem === null) return true;
    setWrong(problem === 'known' ? text.add.known : `${meaningOf(problem.code, text)}: ${problem.message}`);
    return false;
  };
  return { wrong, setWrong, attempt };
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
    const asked = value;
    setValue('');
    void attempt(watches).then((isGood) => {
      if (!isGood) setValue((now) => (now === '' ? asked : now)); // to be mended, unless something else stands there
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
    void attempt([readForm(kind, hostId, operationId)]).then((isGood) => {
      if (isGood) setOperationId('');
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
