import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };
import { inWords } from './words.ts';

const textsIn = async (lng: string) => {
  const texts = i18next.createInstance();
  await texts.init({ lng, defaultNS: 'console', resources: { en: { console: en }, de: { console: de } } });
  return texts;
};

describe('what staff read', () => {
  it.each([
    ['en', { mailKind: 'Aptitude test passed', mailState: 'given up after too many tries', releaseReason: 'It was not their field.' }],
    ['de', { mailKind: 'Eignungstest bestanden', mailState: 'nach zu vielen Versuchen aufgegeben', releaseReason: 'Es war nicht ihr Fach.' }],
  ])('has words for codes in %s', async (language, words) => {
    expect(inWords(await textsIn(language), { mailKind: 'aptitude_passed', mailState: 'given_up', releaseReason: 'not_my_field' })).toEqual(words);
  });

  it('says nothing where no reason was given, and a code of later as it came', async () => {
    const texts = await textsIn('en');
    expect(inWords(texts, { releaseReason: '' })).toEqual({ releaseReason: '' });
    expect(inWords(texts, { releaseReason: 'moon' })).toEqual({ releaseReason: 'moon' });
  });
});
