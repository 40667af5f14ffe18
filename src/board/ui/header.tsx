import { type ReactNode } from 'react';
import { type BoardState } from '../board-state.js';
import { type Theme } from '../domain/saved.js';
import { LANGUAGES } from '../i18n/languages.js';
import { ConnectionStatus } from './connection-status.js';
import { TokenPanel } from './token-panel.js';
import { useWords } from './words.js';

interface HeaderProps {
  readonly state: Pick<BoardState, 'connection' | 'token' | 'aheadMs'>;
  readonly theme: Theme;
  readonly notifies: boolean;
  readonly isDenied: boolean;
  readonly onTheme: (theme: Theme) => void;
  readonly onLanguage: (tag: string) => void;
  readonly onNotify: (notifies: boolean) => void;
  readonly onToken: (token: string | null) => void;
  readonly onHurry: () => void;
}

const THEMES = ['system', 'light', 'dark'] as const satisfies readonly Theme[];

export function Header(props: HeaderProps): ReactNode {
  const { text, tag } = useWords();
  const { state, theme, notifies, isDenied } = props;
  return (
    <header className="top">
      <div className="brand">
        <svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
          <rect width="32" height="32" rx="8" className="brand-ground" />
          <path d="M7 10h9" className="brand-line" />
          <path d="M12 16h13" className="brand-line" />
          <path d="M8 22h7" className="brand-line" />
          <circle cx="22" cy="22" r="2.5" className="brand-dot" />
        </svg>
        <div>
          <h1>{text.title}</h1>
          <p>{text.tagline}</p>
        </div>
      </div>
      <ConnectionStatus connection={state.connection} onHurry={props.onHurry} />
      <div className="settings">
        <button
          type="button"
          className="quiet"
          aria-pressed={notifies}
          onClick={() => props.onNotify(!notifies)}
          title={isDenied ? text.notify.denied : undefined}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M4 11V7a4 4 0 0 1 8 0v4l1.2 1.2H2.8z" className={notifies ? 'line solid' : 'line'} />
            <path d="M6.8 14h2.4" className="line" />
          </svg>
          <span className="notify-label">{notifies ? text.notify.on : text.notify.off}</span>
        </button>
        <TokenPanel token={state.token} aheadMs={state.aheadMs} onToken={props.onToken} />
        <label className="choice">
          <span className="visually-hidden">{text.theme}</span>
          <select
            value={theme}
            onChange={({ target }) => props.onTheme(THEMES.find((one) => one === target.value) ?? 'system')}
          >
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {text.themes[one]}
              </option>
            ))}
          </select>
        </label>
        <label className="choice">
          <span className="visually-hidden">{text.language}</span>
          <select value={tag} onChange={({ target }) => props.onLanguage(target.value)}>
            {LANGUAGES.map(({ tag: each, name }) => (
              <option key={each} value={each} lang={each}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {isDenied && (
        <p className="hint denied" role="status">
          {text.notify.denied}
        </p>
      )}
    </header>
  );
}
