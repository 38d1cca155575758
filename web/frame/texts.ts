import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Door } from './doors.ts';
import { firstLanguage, keepLanguage, type Language } from './language.ts';

/** Texts of one language, loaded when it is spoken. Written out so that the build sees each file. */
const LOADERS: Readonly<Record<Language, Readonly<Record<'frame' | Door, () => Promise<{ default: object }>>>>> = {
  en: {
    frame: () => import('./texts/en.json'),
    desk: () => import('../desk/texts/en.json'),
    console: () => together(import('../console/texts/en.json'), import('../generated/report-words.en.json')),
    exam: () => import('../exam/texts/en.json'),
  },
  de: {
    frame: () => import('./texts/de.json'),
    desk: () => import('../desk/texts/de.json'),
    console: () => together(import('../console/texts/de.json'), import('../generated/report-words.de.json')),
    exam: () => import('../exam/texts/de.json'),
  },
};

/** The console's own words and those that reports have on paper, too. */
async function together(...parts: readonly Promise<{ default: object }>[]): Promise<{ default: object }> {
  return { default: Object.fromEntries((await Promise.all(parts)).flatMap(({ default: texts }) => Object.entries(texts))) };
}

export async function createTexts(door: Door): Promise<i18n> {
  const language = firstLanguage();
  const texts = createInstance();
  await texts.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    ns: ['frame', door],
    defaultNS: door,
    resources: {},
    // React escapes; twice would show entities.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await load(texts, { language, door });
  document.documentElement.lang = language;
  return texts;
}

export async function speak(texts: i18n, { language, door }: { language: Language; door: Door }): Promise<void> {
  keepLanguage(language);
  await load(texts, { language, door });
  await texts.changeLanguage(language);
  document.documentElement.lang = language;
}

async function load(texts: i18n, { language, door }: { language: Language; door: Door }): Promise<void> {
  await Promise.all(
    (['frame', door] as const).map(async (namespace) => {
      texts.addResourceBundle(language, namespace, (await LOADERS[language][namespace]()).default);
    }),
  );
}
