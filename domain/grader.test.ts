import { describe, expect, it } from 'vitest';
import { conflictValue, keptLanguages, keptQualifications, languagesOf, qualificationsOf, shortageInWords } from './grader.ts';

describe('what a record keeps', () => {
  it('of qualifications and languages comes back as it was said, each once, and null restricts nothing', () => {
    const both = [
      { examId: 'small', test: 'case_study' },
      { examId: 'small', test: 'aptitude' },
    ] as const;
    expect(qualificationsOf(keptQualifications([...both, ...both]))).toEqual([both[1], both[0]]);
    expect(qualificationsOf(keptQualifications([]))).toEqual([]);
    expect(qualificationsOf(keptQualifications(null))).toBeNull();
    expect(languagesOf(keptLanguages(['de-AT', 'DE-at', 'en']))).toEqual(['de-at', 'en']);
    expect(languagesOf(keptLanguages(null))).toBeNull();
    expect(languagesOf(keptLanguages([]))).toEqual([]);
  });

  it('of a conflict folds addresses and domains, and no subject', () => {
    expect(conflictValue('candidate', 'Ada|1')).toBe('Ada|1');
    expect(conflictValue('email', ' Ada@Acme.Example ')).toBe('ada@acme.example');
    expect(conflictValue('employer', '@Acme.Example')).toBe('acme.example');
  });
});

describe('a shortage in words', () => {
  it('names what stands in the way of most first', () => {
    expect(shortageInWords({ conflict: 3, not_qualified: 4 })).toBe(
      'of 7 graders: 4 not qualified for this exam and test, 3 in conflict with the candidate',
    );
    expect(shortageInWords({ involved: 1 })).toBe('of 1 grader: 1 with another part in the same submission');
    expect(shortageInWords({})).toBe('nobody marks here yet');
  });
});
