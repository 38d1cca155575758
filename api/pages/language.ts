/** Of the pages, as of the mails. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The first of the reader's languages that we have; wishes in the order of `request.acceptsLanguages()`. */
export function languageFor(wishes: readonly string[]): Language {
  return wishes.flatMap((wish) => LANGUAGES.find((language) => wish.toLowerCase().startsWith(language)) ?? [])[0] ?? 'en';
}
