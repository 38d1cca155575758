import { describe, expect, it } from 'vitest';
import { smallExam } from '../trials/people/small-exam.ts';
import { composeFeedback } from './feedback.ts';

const exam = smallExam();
const base = { exam, adjudicationSeat: 3 } as const;

describe('feedback', () => {
  it('covers each wrong or partly wrong answer in the exam’s order, without the key or a model answer', () => {
    const entries = composeFeedback({
      ...base,
      taken: { test: 'aptitude' },
      items: [
        { itemId: 't1', millipoints: 4000, millipointsMax: 5000, basis: 'averaged' },
        { itemId: 't2', millipoints: 5000, millipointsMax: 5000, basis: 'agreed' },
        { itemId: 'c1', millipoints: 0, millipointsMax: 5000, basis: 'machine' },
        { itemId: 'c2', millipoints: 2500, millipointsMax: 5000, basis: 'machine' },
      ],
      reasons: [{ itemId: 't1', reason: 'an example is missing', seat: 1 }],
    });
    expect(entries.map((entry) => [entry.itemId, entry.remarks])).toEqual([
      ['c1', ['Not right.', 'Read about the first letter.']],
      ['c2', ['Partly right.']],
      ['t1', ['an example is missing']],
    ]);
    expect(JSON.stringify(entries)).not.toContain('So and so');
  });

  it('tells only the adjudicator’s reason where the marks were replaced', () => {
    const [entry] = composeFeedback({
      ...base,
      taken: { test: 'aptitude' },
      items: [{ itemId: 't1', millipoints: 2000, millipointsMax: 5000, basis: 'adjudicated' }],
      reasons: [
        { itemId: 't1', reason: 'too short', seat: 1 },
        { itemId: 't1', reason: 'half of it is right', seat: 3 },
      ],
    });
    expect(entry?.remarks).toEqual(['half of it is right']);
  });

  it('tells the remarks of two graders apart, by a letter that is the same one’s over the whole', () => {
    const items = ['t1', 't2'].map((itemId) => ({ itemId, millipoints: 4000, millipointsMax: 5000, basis: 'averaged' as const }));
    const entries = composeFeedback({
      ...base,
      taken: { test: 'aptitude' },
      items,
      reasons: [
        { itemId: 't1', reason: 'an example is missing', seat: 2 },
        { itemId: 't1', reason: 'too short', seat: 1 },
        { itemId: 't2', reason: 'too short', seat: 2 },
      ],
    });
    expect(entries.map(({ graderRemarks }) => graderRemarks)).toEqual([
      [
        { grader: 'A', remark: 'too short' },
        { grader: 'B', remark: 'an example is missing' },
      ],
      [{ grader: 'B', remark: 'too short' }],
    ]);
    expect(entries.map(({ remarks }) => remarks)).toEqual([['an example is missing', 'too short'], ['too short']]);
  });

  it('covers every criterion of a case study, full points included', () => {
    const entries = composeFeedback({
      ...base,
      taken: { test: 'case_study', caseStudyId: 'one' },
      items: [
        { itemId: 'k2', millipoints: 10_000, millipointsMax: 10_000, basis: 'agreed' },
        { itemId: 'k1', millipoints: 0, millipointsMax: 10_000, basis: 'blank' },
      ],
      reasons: [],
    });
    expect(entries.map((entry) => [entry.title, entry.remarks])).toEqual([
      ['Structure', ['Not answered.']],
      ['Decisions', []],
    ]);
  });
});
