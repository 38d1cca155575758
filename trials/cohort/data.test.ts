import { describe, expect, it } from 'vitest';
import { answerTo, pointsBy, readCandidates, type BadLine, type CohortCandidate } from './data.ts';

const ada = {
  candidate: 'ada',
  responses: { c1: 'A', c2: ['A', 'C'], c3: '', c4: null, t1: 'because' },
  aptitudeMarks: [
    { item: 't1', first: 4, second: 1.5, adjudicated: 3 },
    { item: 't2', first: 4, second: 5 },
  ],
  caseStudySolution: '# Mine',
  caseStudyMarks: [{ criterion: 'cr1', first: 4.75, second: 5 }],
};

async function read(text: string): Promise<{ candidates: CohortCandidate[]; bad: BadLine[] }> {
  const candidates: CohortCandidate[] = [];
  const bad: BadLine[] = [];
  async function* bytes() {
    yield new TextEncoder().encode(text);
  }
  for await (const candidate of readCandidates(bytes(), (line) => bad.push(line))) candidates.push(candidate);
  return { candidates, bad };
}

describe('reading candidates', () => {
  it('goes on behind a bad line, and reports it with its number', async () => {
    const bob = { ...ada, candidate: 'bob' };
    const { candidates, bad } = await read(
      [JSON.stringify(ada), '{"candidate": "eve', '', JSON.stringify({ ...ada, responses: 7 }), JSON.stringify(bob)].join('\n'),
    );
    expect(candidates.map((candidate) => candidate.candidate)).toEqual(['ada', 'bob']);
    expect(bad).toEqual([
      { line: 2, problem: 'is not JSON' },
      { line: 4, problem: expect.stringMatching(/^responses: /) },
    ]);
  });

  it('takes nobody twice', async () => {
    const { candidates, bad } = await read(`${JSON.stringify(ada)}\n${JSON.stringify(ada)}\n`);
    expect(candidates).toHaveLength(1);
    expect(bad).toEqual([{ line: 2, problem: 'ada is on line 1 already' }]);
  });

  it('takes Windows line ends and a mark of byte order', async () => {
    const { candidates, bad } = await read(`\uFEFF${JSON.stringify(ada)}\r\n`);
    expect([candidates.length, bad.length]).toEqual([1, 0]);
  });
});

describe('what a candidate brings along', () => {
  it('is answered as the item wants it, and blank answers are not given', () => {
    const answers = (['c1', 'c2', 'c3', 'c4', 'c5'] as const).map((id) => answerTo(ada, { id, type: 'choice' }));
    expect(answers).toEqual([['A'], ['A', 'C'], undefined, undefined, undefined]);
    expect(answerTo(ada, { id: 't1', type: 'text' })).toBe('because');
  });

  it('are the marks of each marker, and none where there is none', () => {
    expect([...pointsBy(ada, 'aptitude', 'second')]).toEqual([
      ['t1', 1.5],
      ['t2', 5],
    ]);
    expect([...pointsBy(ada, 'aptitude', 'adjudicated')]).toEqual([['t1', 3]]);
    expect([...pointsBy(ada, 'case_study', 'first')]).toEqual([['cr1', 4.75]]);
  });
});
