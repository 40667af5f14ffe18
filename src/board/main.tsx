import { useEffect, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBoard } from './board.js';
import { type Clock } from './clock.js';
import { load, save, type Saved } from './domain/saved.js';
import { chooseLanguage } from './i18n/languages.js';
import { type Notifications } from './notifications.js';
import { findSandbox, type Sandbox } from './sandbox.js';
import './styles/theme.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/card.css';
import './styles/timeline.css';
import { createGatewayClient } from './transport/client.js';
import { createLink } from './transport/link.js';
import { createAnnounce } from './ui/announcer.js';
import { BoardPage } from './ui/board-page.js';
import { TimeProvider, type SecondHand } from './ui/time.js';
import { nameOfType } from './ui/words.js';

const clock: Clock = {
  now: () => Date.now(),
  wakeAt(at, wake) {
    const timer = setTimeout(wake, Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  },
};

const notifications: Notifications = {
  permission: () => ('Notification' in window ? Notification.permission : 'unsupported'),
  ask: async () => 'Notification' in window && (await Notification.requestPermission()) === 'granted',
  show(title, body, tag) {
    new Notification(title, { body, tag });
  },
};

const endpoint = new URL('graphql', window.location.href);
const socketUrl = new URL(endpoint);
socketUrl.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';

let saved = load(window.localStorage);
const announce = createAnnounce();
const wordsNow = () => chooseLanguage([...(saved.language === null ? [] : [saved.language]), ...navigator.languages]);

const board = createBoard({
  client: () => client,
  clock,
  onChange({ operation, to }) {
    const { messages } = wordsNow();
    const what = nameOfType(operation, messages);
    const news = messages.news.changed(what, messages.states[to]);
    announce(news);
    if (operation.terminal && saved.notifies && notifications.permission() === 'granted') {
      notifications.show(news, operation.error?.message ?? operation.targetResourceId ?? '', operation.id);
    }
  },
});
const link = createLink({
  url: socketUrl.href,
  clock,
  random: Math.random,
  onConnection(connection) {
    board.connectionIs(connection);
    const words = wordsNow().messages.connection;
    if (connection.kind === 'waiting') announce(words.connecting);
    if (connection.kind === 'connected' && connection.resumed === 'whole') announce(words.whole);
  },
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

function Page(): ReactNode {
  const [settings, setSettings] = useState(saved);
  const [isSaved, setIsSaved] = useState(true);
  const [isDenied, setIsDenied] = useState(false);
  const [sandbox, setSandbox] = useState<Sandbox | null>(null);
  const change = (part: Partial<Saved>): void => {
    saved = { ...saved, ...part };
    setSettings(saved);
    setIsSaved(save(window.localStorage, saved));
  };
  useEffect(() => {
    void findSandbox(new URL('sandbox', window.location.href), (input, init) => window.fetch(input, init)).then(
      setSandbox,
    );
    board.restore(saved.watches);
    return board.listen(() => {
      const watches = board.state().entries.map(({ watch }) => watch);
      if (JSON.stringify(watches) !== JSON.stringify(saved.watches)) change({ watches });
    });
  }, []);
  useEffect(() => {
    document.documentElement.dataset['theme'] = settings.theme;
  }, [settings.theme]);

  return (
    <TimeProvider value={secondHand}>
      <BoardPage
        board={board}
        link={link}
        sandbox={sandbox}
        announce={announce}
        language={chooseLanguage([...(settings.language === null ? [] : [settings.language]), ...navigator.languages])}
        theme={settings.theme}
        notifies={settings.notifies && notifications.permission() === 'granted'}
        isDenied={isDenied}
        isSaved={isSaved}
        onTheme={(theme) => change({ theme })}
        onLanguage={(language) => change({ language })}
        onNotify={(notifies) => {
          if (!notifies) {
            change({ notifies });
            return;
          }
          void notifications.ask().then((isGranted) => {
            setIsDenied(!isGranted);
            change({ notifies: isGranted });
          });
        }}
      />
    </TimeProvider>
  );
}

document.addEventListener('visibilitychange', () => board.isSeen(!document.hidden));
window.addEventListener('offline', () => link.drop());
window.addEventListener('online', () => link.hurry());

const root = document.getElementById('board');
if (root === null) throw new Error('The page has no element for the board.');
createRoot(root).render(<Page />);
