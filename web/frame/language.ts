/** Languages that pages have: those of the mails. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = 'certifiable.language';

/** As chosen before, else the first that the browser asks for. */
export function firstLanguage(): Language {
  const wished = [localStorage.getItem(KEY), ...navigator.languages].map((language) => language?.slice(0, 2).toLowerCase());
  return wished.flatMap((wish) => LANGUAGES.find((language) => language === wish) ?? [])[0] ?? 'en';
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
}
