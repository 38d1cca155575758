/**
 * What must come out of appeals, worked out from a cohort's two files alone, by arithmetic of its own: nothing by which the product decides is used here, so that a
 * mistake there is seen. Points are whole 200ths: two decimals, and the mean of two marks.
 */

export type OracleExam = {
  readonly aptitudeTest: { readonly items: readonly OracleItem[] };
  readonly caseStudy: { readonly criteria: readonly { readonly id: string; readonly points: number }[] };
};
type OracleItem = { readonly id: string; readonly type: string; readonly points: number; readonly correct?: readonly string[] };

type GivenMark = { readonly first: number; readonly second?: number | undefined; readonly adjudicated?: number | undefined };
export type OracleCandidate = {
  readonly candidate: string;
  readonly responses: Readonly<Record<string, string | readonly string[] | null>>;
  readonly aptitudeMarks: readonly (GivenMark & { readonly item: string })[];
  readonly caseStudyMarks: readonly (GivenMark & { readonly criterion: string })[];
};
export type OraclePolicy = { readonly marking: 'double' | 'single'; readonly adjudication: 'when-decisive' | 'always' };
export type OracleTest = 'aptitude' | 'case_study';

/** Points of one item or criterion, in 200ths. */
export type Scored = { readonly id: string; readonly units: number; readonly max: number; readonly byPeople: boolean };
export type Graded = { readonly items: readonly Scored[]; readonly percentage: string; readonly passed: boolean };
export type Answered = Graded & { readonly answer: 'upheld' | 'partly' | 'refused' };

const UNITS_PER_POINT = 200;
/** Of 100. */
const PASS_MARK = 80;

export function unitsOf(points: number): number {
  const units = Math.round(points * UNITS_PER_POINT);
  if (Math.abs(units - points * UNITS_PER_POINT) > 1e-6) throw new RangeError(`${points} has more than two decimals`);
  return units;
}

/** A test as its two graders and, where a dispute is adjudicated, the third leave it. */
export function gradedByHand(
  candidate: OracleCandidate,
  { exam, test, policy }: { exam: OracleExam; test: OracleTest; policy: OraclePolicy },
): Graded {
  const settled: Scored[] = [];
  const disputed: { id: string; max: number; low: number; high: number; adjudicated: number | undefined }[] = [];
  for (const { id, max, machine, mark } of partsOf(candidate, exam, test)) {
    if (machine !== undefined) settled.push({ id, units: machine, max, byPeople: false });
    else if (mark === undefined) settled.push({ id, units: 0, max, byPeople: false });
    else {
      const [first, second] = [unitsOf(mark.first), unitsOf(policy.marking === 'single' ? mark.first : (mark.second ?? Number.NaN))];
      const [low, high] = [Math.min(first, second), Math.max(first, second)];
      if ((high - low) * 5 <= max) settled.push({ id, units: (first + second) / 2, max, byPeople: true });
      else disputed.push({ id, max, low, high, adjudicated: mark.adjudicated === undefined ? undefined : unitsOf(mark.adjudicated) });
    }
  }
  const most = [...settled, ...disputed].reduce((total, { max }) => total + max, 0);
  const sure = settled.reduce((total, { units }) => total + units, 0);
  const passesWith = (which: 'low' | 'high') => reaches(sure + disputed.reduce((total, dispute) => total + dispute[which], 0), most);
  const adjudicates = policy.adjudication === 'always' || (!passesWith('low') && passesWith('high'));
  const decided = disputed.map(({ id, max, low, high, adjudicated }) => ({
    id,
    max,
    byPeople: true,
    units: adjudicates ? (adjudicated ?? Number.NaN) : (low + high) / 2,
  }));
  return outcomeOf([...settled, ...decided]);
}

/** What may be appealed: what people marked below its full points. */
export function mayBeAppealed({ items }: Graded): readonly Scored[] {
  return items.filter(({ byPeople, units, max }) => byPeople && units < max);
}

/** Of each appealed item the better of what it had and what the new mark gives, which counts for nothing else. */
export function answeredByHand({ items }: Graded, marks: ReadonlyMap<string, number>): Answered {
  const raised = items.filter(({ id, units }) => unitsOf(marks.get(id) ?? 0) > units).length;
  const after = items.map((item) => ({ ...item, units: Math.max(item.units, unitsOf(marks.get(item.id) ?? 0)) }));
  return { ...outcomeOf(after), answer: raised === 0 ? 'refused' : raised === marks.size ? 'upheld' : 'partly' };
}

type Part = { readonly id: string; readonly max: number; readonly machine?: number; readonly mark?: GivenMark | undefined };

function partsOf(candidate: OracleCandidate, exam: OracleExam, test: OracleTest): readonly Part[] {
  switch (test) {
    case 'aptitude':
      return exam.aptitudeTest.items.map((item) => partOf(candidate, item));
    case 'case_study':
      return exam.caseStudy.criteria.map(({ id, points }) => {
        return { id, max: unitsOf(points), mark: candidate.caseStudyMarks.find(({ criterion }) => criterion === id) };
      });
  }
}

function partOf(candidate: OracleCandidate, { id, type, points, correct = [] }: OracleItem): Part {
  const given = candidate.responses[id] ?? [];
  const max = unitsOf(points);
  if (type === 'choice') {
    const chosen = [given].flat().filter((one) => one !== '');
    return { id, max, machine: chosen.toSorted().join() === [...correct].toSorted().join() ? max : 0 };
  }
  const isBlank = [given].flat().join('').trim() === '';
  return { id, max, mark: isBlank ? undefined : candidate.aptitudeMarks.find(({ item }) => item === id) };
}

function outcomeOf(items: readonly Scored[]): Graded {
  const [sum, most] = [items.reduce((total, { units }) => total + units, 0), items.reduce((total, { max }) => total + max, 0)];
  const hundredths = Math.floor((sum * 10_000) / most);
  const percentage = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
  return { items, percentage, passed: reaches(sum, most) };
}

function reaches(sum: number, most: number): boolean {
  return sum * 100 >= most * PASS_MARK;
}
