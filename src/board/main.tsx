import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBoard } from './board.js';
import { type Clock } from './clock.js';
import { KEY } from './domain/saved.js';
import { chooseLanguage } from './i18n/languages.js';
import { keepList } from './keep-list.js';
import { createNotifications } from './notifications.js';
import { findSandbox, type Sandbox } from './sandbox.js';
import { createSettings } from './settings.js';
import './styles/theme.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/card.css';
import './styles/timeline.css';
import { createGatewayClient } from './transport/client.js';
import { createLink } from './transport/link.js';
import { createAnnounce } from './ui/announcer.js';
import { BoardPage } from './ui/board-page.js';
import { createSight, SightProvider } from './ui/sight.js';
import { TimeProvider, type SecondHand } from './ui/time.js';
import { nameOfType } from './ui/words.js';

const clock: Clock = {
  now: () => Date.now(),
  wakeAt(at, wake) {
    const timer = setTimeout(wake, Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  },
};

const root = document.getElementById('board');
if (root === null) throw new Error('The page has no element for the board.');
/** The gateway says it: looking for what is not there would be an error on the console. */
const hasSandbox = 'sandbox' in root.dataset;

const endpoint = new URL('graphql', window.location.href);
const socketUrl = new URL(endpoint);
socketUrl.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';

/** Looked for each time: a browser that is told to keep nothing throws at the mere word. */
const settings = createSettings({
  getItem: (key) => window.localStorage.getItem(key),
  setItem: (key, value) => window.localStorage.setItem(key, value),
});
const notifications = createNotifications(settings, () => ('Notification' in window ? window.Notification : null));
const announce = createAnnounce();
const languageOf = (chosen: string | null) =>
  chooseLanguage([...(chosen === null ? [] : [chosen]), ...navigator.languages]);
const wordsNow = () => languageOf(settings.state().saved.language);

const board = createBoard({
  client: () => client,
  clock,
  onChange({ operation, to }) {
    const { messages } = wordsNow();
    const what = nameOfType(operation, messages);
    const news = messages.news.changed(what, messages.states[to]);
    announce(news);
    if (operation.terminal) {
      notifications.show(news, operation.error?.message ?? operation.targetResourceId ?? '', operation.id);
    }
  },
  onFault: (error) => window.reportError(error),
  onConnection(connection) {
    const words = wordsNow().messages.connection;
    if (connection.kind === 'waiting' && connection.until > clock.now()) announce(words.connecting);
    if (connection.kind === 'connected' && connection.resumed !== 'first') announce(words[connection.resumed]);
  },
});
const link = createLink({
  url: socketUrl.href,
  clock,
  random: Math.random,
  onConnection: (connection) => board.connectionIs(connection),
  onToken: (token) => board.tokenIs(token),
});
const client = createGatewayClient(endpoint.href, link);

const secondHand: SecondHand = (() => {
  const listeners = new Set<() => void>();
  let now = Date.now();
  setInterval(() => {
    now = Date.now();
    for (const listener of [...listeners]) listener();
  }, 1_000);
  return {
    now: () => now,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
})();

const sight = createSight();

function Page(): ReactNode {
  const { saved, isKept } = useSyncExternalStore(settings.listen, settings.state);
  const { theme, language } = saved;
  const isDenied = useSyncExternalStore(notifications.listen, notifications.areDenied);
  const [sandbox, setSandbox] = useState<Sandbox | null>(null);
  useEffect(() => {
    if (!hasSandbox) return;
    void findSandbox(new URL('sandbox', window.location.href), (input, init) => window.fetch(input, init)).then(
      setSandbox,
    );
  }, []);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);

  return (
    <TimeProvider value={secondHand}>
      <SightProvider value={sight}>
        <BoardPage
          board={board}
          link={link}
          sandbox={sandbox}
          announce={announce}
          language={languageOf(language)}
          theme={theme}
          notifies={notifications.areOn()}
          isDenied={isDenied}
          isSaved={isKept}
          onTheme={(theme) => settings.change({ theme })}
          onLanguage={(language) => settings.change({ language })}
          onNotify={(isOn) => void notifications.turn(isOn)}
        />
      </SightProvider>
    </TimeProvider>
  );
}

keepList(board, settings);
window.addEventListener('storage', ({ key }) => {
  if (key === null || key === KEY) settings.reread();
});
document.addEventListener('visibilitychange', () => board.isSeen(!document.hidden));
window.addEventListener('offline', () => link.drop());
window.addEventListener('online', () => link.hurry());

createRoot(root).render(<Page />);
