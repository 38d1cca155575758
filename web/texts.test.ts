import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES } from '../api/problems.ts';
import { GRADER_MAILS, RELEASE_REASONS } from '../domain/grader.ts';
import { NOTICE_KINDS } from '../publication/mail/kinds.ts';
import staff from './console/texts/en.json' with { type: 'json' };
import frame from './frame/texts/en.json' with { type: 'json' };

const directory = fileURLToPath(new URL('.', import.meta.url));
const read = (file: string) => readFileSync(`${directory}${file}`, 'utf8');

type Texts = { readonly [key: string]: string | Texts };

/** Keys with the values that stand in their texts: `due {{when}}`. */
function keysOf(texts: Texts, before = ''): string[] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === 'string'
      ? [
          [`${before}${key}`, ...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => `{{${name}}}`))]
            .join(' ')
            .replace(/ (\{\{.*)/, (_, names: string) => ` ${names.split(' ').toSorted().join(' ')}`),
        ]
      : keysOf(text, `${before}${key}.`),
  );
}

describe('the texts of the pages', () => {
  it.each(['frame', 'desk', 'console', 'exam'])('are the same in both languages: %s', (part) => {
    const [en, de] = ['en', 'de'].map((language) => keysOf(JSON.parse(read(`${part}/texts/${language}.json`)) as Texts));
    expect(en?.length).toBeGreaterThan(3);
    expect(de).toEqual(en);
  });

  it('stand in files: no component has words of its own', () => {
    const components = globSync('**/*.tsx', { cwd: directory });
    expect(components.length).toBeGreaterThan(8);
    const found = components.flatMap((file) => wordsIn(read(file)).map((words) => `${file}: ${words}`));
    expect(found).toEqual([]);
  });

  it('say each problem that the API may answer with', () => {
    expect(Object.keys(frame.problem).toSorted()).toEqual([...PROBLEM_CODES].toSorted());
  });

  it('say each code that staff are shown: kinds and states of mails, and why graders give work back', () => {
    const words = { ...staff.mail, releaseReason: staff.releaseReason };
    const kinds = [
      ...NOTICE_KINDS,
      ...GRADER_MAILS.map((kind) => `grader_${kind}`),
      'staff_called',
      'glass_broken',
      'watch_confirmation',
      'watch_changed',
    ];
    expect(Object.keys(words.kind).toSorted()).toEqual(kinds.toSorted());
    expect(Object.keys(words.state).toSorted()).toEqual(['queued', 'sending', 'sent', 'bounced', 'given_up', 'uncertain'].toSorted());
    expect(Object.keys(words.releaseReason).toSorted()).toEqual([...RELEASE_REASONS, 'unreadable_file'].toSorted());
  });

  it('are noticed where a component has some', () => {
    expect(wordsIn('<p className="note">Not saved</p>')).toEqual(['Not saved']);
    expect(wordsIn('<Button aria-label="Close" className="button">{t(\'close\')}</Button>')).toEqual(['Close']);
  });
});

/** Words between tags, and in attributes that people read or hear. */
function wordsIn(code: string): string[] {
  const shown = [...code.matchAll(/<\/?[A-Za-z][^<>{}]*(?:\{[^{}]*\}[^<>{}]*)*>([^<>{}=;()]*[A-Za-zÄÖÜäöü]{2}[^<>{}=;()]*)<\//g)];
  const attributes = [...code.matchAll(/\b(?:aria-label|title|alt|placeholder|label)="([^"]+)"/g)];
  return [...shown, ...attributes].map(([, words]) => (words ?? '').trim());
}
