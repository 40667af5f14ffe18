import { en } from './en.js';
import { fr } from './fr.js';
import { ja } from './ja.js';
import { type Messages } from './messages.js';
import { ptBr } from './pt-br.js';
import { zhHans } from './zh-hans.js';

export interface Language {
  /** BCP 47, as the page's `lang` has it and as Intl takes it. */
  readonly tag: string;
  /** What it calls itself. */
  readonly name: string;
  readonly messages: Messages;
}

const ENGLISH: Language = { tag: 'en', name: 'English', messages: en };

export const LANGUAGES: readonly Language[] = [
  ENGLISH,
  { tag: 'fr', name: 'Français', messages: fr },
  { tag: 'ja', name: '日本語', messages: ja },
  { tag: 'zh-Hans', name: '简体中文', messages: zhHans },
  { tag: 'pt-BR', name: 'Português (Brasil)', messages: ptBr },
];

/**
 * The first wish that can be met. A language counts for all its countries, but Chinese only where it is written in
 * simplified characters.
 *
 * @param wishes BCP 47, the dearest first, as browsers tell them
 */
export function chooseLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const found = LANGUAGES.find(({ tag }) => tag === wish) ?? LANGUAGES.find(({ tag }) => isAlike(tag, wish));
    if (found !== undefined) return found;
  }
  return ENGLISH;
}

function isAlike(tag: string, wish: string): boolean {
  try {
    const [own, wished] = [new Intl.Locale(tag).maximize(), new Intl.Locale(wish).maximize()];
    return own.language === wished.language && own.script === wished.script;
  } catch {
    return false; // no language tag at all
  }
}
