import { useState, type ReactNode, type SubmitEvent } from 'react';
import { type Token } from '../transport/connection.js';
import { useNow } from './time.js';
import { useWords, type Words } from './words.js';

interface TokenPanelProps {
  readonly token: Token;
  readonly aheadMs: number;
  /** Null takes the token away. */
  readonly onToken: (token: string | null) => void;
}

/** Takes a token and shows how it stands; the field is emptied as soon as it is taken. */
export function TokenPanel({ token, aheadMs, onToken }: TokenPanelProps): ReactNode {
  const words = useWords();
  const { text } = words;
  const now = useNow() + aheadMs;
  const [value, setValue] = useState('');
  const isUrgent = token.kind === 'ending' || token.kind === 'refused';
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const next = value.trim().replace(/^(?:authorization:\s*)?bearer\s+/i, '');
    if (next === '') return;
    setValue('');
    onToken(next);
  };
  return (
    <details
      className={isUrgent ? 'menu token urgent' : 'menu token'}
      onKeyDown={({ key, currentTarget }) => {
        if (key !== 'Escape') return;
        currentTarget.open = false;
        currentTarget.querySelector('summary')?.focus();
      }}
    >
      <summary>
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <circle cx="5" cy="8" r="3" className="line" />
          <path d="M8 8h6.5v2.5M11.5 8v2" className="line" />
        </svg>
        <span role="status">{tokenText(token, now, words)}</span>
      </summary>
      <form className="popover" onSubmit={submit}>
        <label htmlFor="token-field">{text.token.label}</label>
        <input
          id="token-field"
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={value}
          aria-describedby="token-hint"
          onChange={({ target }) => setValue(target.value)}
        />
        {token.kind === 'refused' && <p className="wrong">{text.token.refused(token.message)}</p>}
        <p id="token-hint" className="hint">
          {text.token.hint}
        </p>
        <div className="row">
          <button type="submit" className="primary">
            {text.token.use}
          </button>
          {token.kind !== 'none' && (
            <button type="button" onClick={() => onToken(null)}>
              {text.token.forget}
            </button>
          )}
        </div>
      </form>
    </details>
  );
}

function tokenText(token: Token, now: number, { text, format }: Words): string {
  switch (token.kind) {
    case 'none':
      return text.token.none;
    case 'held':
    case 'refused':
      return text.token.held;
    case 'ending':
      return text.token.ending(format.duration(token.at - now));
  }
}
