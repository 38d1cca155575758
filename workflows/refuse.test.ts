import { describe, expect, it } from 'vitest';
import { BAD_PARAGRAPHS } from '../test/support/texts.ts';
import { checkActor } from './refuse.ts';

const act = { actor: 'sam', reason: 'Power cut:\nsee ticket 7' };

describe('an act of staff, wherever it comes from', () => {
  it('is taken with whoever acts and a reason of several lines', () => {
    expect(() => checkActor(act)).not.toThrow();
  });

  it.each([undefined, {}, { ...act, actor: '\u200b' }, { ...act, reason: ' \u200b' }, { ...act, reason: 7 }])(
    'is refused without them: %j',
    (broken) => {
      expect(() => checkActor(broken)).toThrow(/is missing/);
    },
  );

  it.each(Object.entries({ ...BAD_PARAGRAPHS, 'more than anybody reads': 'x'.repeat(2001) }))('is refused with %s', (_, text) => {
    expect(() => checkActor({ ...act, reason: text })).toThrow(/^reason /);
    expect(() => checkActor({ ...act, actor: text })).toThrow(/^actor /);
  });
});
