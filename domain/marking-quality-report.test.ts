import { describe, expect, it } from 'vitest';
import { seededRandom } from '../trials/people/random.ts';
import { agreementOf } from './agreement.ts';
import { markingQualityReport, type DoubleMark, type MarkingQualityFacts } from './marking-quality-report.ts';

const GRADERS = Array.from({ length: 14 }, (_none, index) => `g${String(index).padStart(2, '0')}`);
const NOTHING: MarkingQualityFacts = { submissions: 0, doubles: [], seenAgain: [], seeds: [], drifts: [] };

type Drawn = { seed: string; scripts?: number; bias?: Readonly<Record<string, number>>; graders?: readonly string[] };

/** A month of scripts that two of fourteen marked, four responses each, in fifths of the points; seats open by risk where the first is low. */
function drawMonth({ seed, scripts = 900, bias = {}, graders = GRADERS }: Drawn): readonly DoubleMark[] {
  const random = seededRandom(seed, 'marks');
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const given = (truth: number, grader: string) => Math.min(5, Math.max(0, Math.round(5 * (truth + (bias[grader] ?? 0) + 0.12 * normal())))) / 5;
  return Array.from({ length: scripts }, (_none, index) => {
    const firstGrader = graders[Math.floor(random() * graders.length)] ?? '';
    const others = graders.filter((one) => one !== firstGrader);
    const secondGrader = others[Math.floor(random() * others.length)] ?? '';
    const ability = 0.6 + 0.15 * normal();
    return Array.from({ length: 4 }, () => {
      const truth = Math.min(0.95, Math.max(0.05, ability + 0.15 * normal()));
      const [first, second] = [given(truth, firstGrader), given(truth, secondGrader)];
      return {
        examId: 'a',
        test: 'aptitude' as const,
        submissionId: `s${index}`,
        firstGrader,
        secondGrader,
        first,
        second,
        isAdjudicated: Math.abs(first - second) > 0.2,
      };
    });
  }).flat();
}

const rowsOf = (facts: Partial<MarkingQualityFacts>, id: string) => {
  const table = markingQualityReport({ ...NOTHING, ...facts }).tables.find((one) => one.id === id);
  return table?.rows.map((row) => Object.fromEntries(table.columns.map((column, place) => [column.id, row[place]]))) ?? [];
};
const findings = (doubles: readonly DoubleMark[]) =>
  rowsOf({ doubles }, 'markers').flatMap(({ grader, finding }) => (finding === null ? [] : [`${String(grader)} ${String(finding)}`]));

describe('the quality of marking', () => {
  it('of nothing has every table, and no row', () => {
    expect(markingQualityReport(NOTHING).tables.map(({ rows }) => rows.length)).toEqual([0, 0, 0, 0]);
  });

  it('finds whoever gives 12 % less or more than others, and nobody else', () => {
    for (const seed of ['one', 'two', 'three', 'four', 'five']) {
      expect(findings(drawMonth({ seed, bias: { g03: -0.12 } })), seed).toEqual(['g03 severe']);
      expect(findings(drawMonth({ seed, bias: { g03: 0.12, g11: -0.12 } })), seed).toEqual(['g03 lenient', 'g11 severe']);
    }
  });

  it('takes nobody for lenient who marks beside somebody severe, in a panel of five', () => {
    for (const seed of ['one', 'two', 'three']) {
      const doubles = drawMonth({ seed, bias: { g03: -0.3 }, graders: GRADERS.slice(0, 5) });
      expect(findings(doubles), seed).toEqual(['g03 severe']);
    }
  });

  it('finds nobody where all mark alike, however many are looked at: none of 840 graders', () => {
    const found = Array.from({ length: 60 }, (_none, index) => findings(drawMonth({ seed: `clean ${index}`, scripts: 450 })));
    expect(found.flat()).toEqual([]);
  });

  it('says of few scripts nothing but how many there were', () => {
    const doubles = drawMonth({ seed: 'few', scripts: 4, bias: { g03: -0.5 } });
    for (const { kappa, severity, finding } of rowsOf({ doubles }, 'markers')) expect([kappa, severity, finding]).toEqual([null, null, null]);
  });

  it('has the agreement that the records of graders have, each response once', () => {
    const doubles = drawMonth({ seed: 'same' });
    const { kappa, distance } = agreementOf(doubles, 900);
    expect(rowsOf({ doubles }, 'agreement')).toEqual([
      expect.objectContaining({
        exam: 'a',
        scripts: 900,
        pairs: 3600,
        kappa: kappa?.value,
        distance,
        adjudicated: doubles.filter(({ first, second }) => Math.abs(first - second) > 0.2).length,
      }),
    ]);
  });

  it('tells of overturned scripts only from twenty on, and of a drift beside its grader', () => {
    const seen = (grader: string, count: number) =>
      Array.from({ length: count }, (_none, index) => ({ examId: 'a', test: 'aptitude' as const, grader, isTurned: index < 3 }));
    expect(
      rowsOf({ seenAgain: [...seen('few', 19), ...seen('many', 20)] }, 'overturned').map(({ seenAgain, overturned }) => [seenAgain, overturned]),
    ).toEqual([
      [19, null],
      [20, 3],
    ]);
    const rows = rowsOf({ doubles: drawMonth({ seed: 'drift' }), drifts: [{ grader: 'g05', direction: 'lenient' }] }, 'markers');
    expect(rows.filter(({ drift }) => drift !== null).map(({ grader, drift }) => [grader, drift])).toEqual([['g05', 'lenient']]);
  });
});
