import { describe, expect, it } from 'vitest';
import { keyOf, languagesIn, qualificationOf } from './grader-record.ts';

describe('what staff tick and type of a grader', () => {
  it('comes back from a box as it went in, whatever the id of the exam', () => {
    for (const examId of ['small', 'software-architect', 'a b'])
      expect(qualificationOf(keyOf({ examId, test: 'case_study' }))).toEqual({ examId, test: 'case_study' });
  });

  it('names languages as BCP 47 writes them, each once, and nothing else', () => {
    expect(languagesIn(' de, en-gb;pt-br')).toEqual(['de', 'en-GB', 'pt-BR']);
    expect(languagesIn('de, DE')).toEqual(['de']);
    expect(languagesIn('')).toEqual([]);
    expect(languagesIn('de, d_e')).toBeUndefined();
  });
});
