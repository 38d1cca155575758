import { describe, expect, it } from 'vitest';
import { compareRows, formatExpectation, parseCsv, parseExpectation, type CohortRow } from './expectation.ts';

const header = 'candidate,choice_points,aptitude_percent,aptitude,case_study_percent,outcome';
const ada: CohortRow = {
  candidate: 'ada',
  choice_points: '16',
  aptitude_percent: '80.00',
  aptitude: 'pass',
  case_study_percent: '76.00',
  outcome: 'case-study-failed',
};
const bob: CohortRow = {
  candidate: 'bob',
  choice_points: '7',
  aptitude_percent: '79.99',
  aptitude: 'fail',
  case_study_percent: '',
  outcome: 'aptitude-failed',
};

describe('an expectation', () => {
  it('is read by the names of its columns, whatever their order', () => {
    expect(parseExpectation(`${header}\nada,16,80.00,pass,76.00,case-study-failed\nbob,7,79.99,fail,,aptitude-failed\n`)).toEqual([ada, bob]);
    const turned = 'outcome,candidate,choice_points,aptitude_percent,aptitude,case_study_percent,remark';
    expect(parseExpectation(`\uFEFF${turned}\r\naptitude-failed,bob,7,79.99,fail,,close\r\n`)).toEqual([bob]);
  });

  it('without one of its columns is refused, naming it', () => {
    expect(() => parseExpectation('candidate,choice_points,aptitude,outcome\n')).toThrow('aptitude_percent, case_study_percent');
  });

  it('may hold quoted fields with commas, quotes and line ends', () => {
    expect(parseCsv('a,"b, ""c""\nd",\n"e",,f')).toEqual([
      ['a', 'b, "c"\nd', ''],
      ['e', '', 'f'],
    ]);
  });
});

describe('comparing', () => {
  it('finds equal rows equal, in any order', () => {
    expect(compareRows([bob, ada], [ada, bob])).toEqual({ expected: 2, matching: 2, differences: [] });
  });

  it('names each field that differs, a hundredth of a percent too', () => {
    const { matching, differences } = compareRows([ada, { ...bob, aptitude_percent: '80.00', aptitude: 'pass' }], [ada, bob]);
    expect(matching).toBe(1);
    expect(differences).toEqual(['bob: aptitude_percent is 80.00, expected 79.99; aptitude is pass, expected fail']);
  });

  it('compares numbers as numbers, to the last digit', () => {
    const written = { ...ada, choice_points: '16.0', aptitude_percent: '80', case_study_percent: '076.0' };
    expect(compareRows([ada], [written])).toEqual({ expected: 1, matching: 1, differences: [] });
    expect(compareRows([ada], [{ ...written, aptitude_percent: '80.001' }]).matching).toBe(0);
    expect(compareRows([ada], [{ ...written, case_study_percent: '' }]).matching).toBe(0);
  });

  it('holds for what was written of what came out', () => {
    const odd = { ...ada, candidate: 'a "b", c' };
    expect(parseExpectation(formatExpectation([odd, bob]))).toEqual([odd, bob]);
  });

  it('names who is missing and who is too many', () => {
    expect(compareRows([bob], [ada]).differences).toEqual(['ada: has no result', 'bob: is not among those expected']);
  });
});
