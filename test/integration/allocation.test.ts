import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeedPolicy } from '../../domain/exam.ts';
import { RELEASE_REASONS, type Qualification } from '../../domain/grader.ts';
import { Refusal } from '../../domain/refusal.ts';
import { connectDatabase, isDatabaseUnavailable } from '../../store/context.ts';
import type { HeldAssignment } from '../../store/assignments/held.ts';
import { createStore, type Store } from '../../store/store.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { decidedScript } from '../support/decided.ts';
import { marksFor } from '../support/pipeline.ts';
import { testCredentials } from '../support/pools.ts';
import { outcomeOf, scriptsToMark, submittedAttempt } from '../support/sitting.ts';

const SUBMISSIONS = 100;
const CLAIMANTS = 300;
const CHANGERS = 6;
/** So many are completed while records change at random; then they stand still, and the rest is shared out. */
const COMPLETED_UNDER_CHANGE = 120;

/** In one claim of five, the most that a policy may have. */
const SEEDS: SeedPolicy = { share: 2000, standardisation: { scripts: 10, kappa: 6000, kappaLowAbove: 3000 } };
const SEEDS_OF_EACH = 3;

const EXAMS = ['small', 'german', 'rare'] as const;
type ExamName = (typeof EXAMS)[number];
/** Few graders mark it, and conflicts leave nobody for some of its scripts. */
const RARE_GRADERS = 3;

let test: TestStore;
/** Staff do not wait for a connection behind 300 graders. */
let staff: Store;
const { clock, advanceSeconds } = createShiftedClock();

beforeAll(async () => {
  test = await createTestStore({ clock, poolSize: 40 });
  staff = createStore({ prisma: connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: CHANGERS }), clock, receipts: test.receipts });
  await test.store.examVersions.publish({ content: smallExam({ seeds: SEEDS }), actor: 'test' });
  await test.store.examVersions.publish({ content: { ...smallExam({ seeds: SEEDS }, 'german'), language: 'de' }, actor: 'test' });
  await test.store.examVersions.publish({ content: smallExam({}, 'rare'), actor: 'test' });
});

afterAll(async () => {
  await staff?.close();
  await test?.close();
});

/** From when to when something was so for certain: from the answer to the act that began it, to the act that ended it. */
type Span = { readonly from: number; until: number };

/** What the test knows of a grader, without a look into the database. */
type Model = {
  readonly subject: string;
  readonly designated: boolean;
  suspended: Span | undefined;
  /** Exams that they may not mark, and since when. */
  readonly barred: Map<ExamName, Span>;
  /** By the candidate's subject. */
  readonly conflicts: Map<string, Span & { readonly id: string | undefined }>;
  /** Submissions given back as not their field: they get them only where they ask for them. */
  readonly declined: Set<string>;
};

let ticks = 0;
const tick = () => (ticks += 1);
const stands = (span: Span | undefined, at: { start: number; end: number }) => span !== undefined && span.from < at.start && span.until > at.end;

const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)] as Item;
let acts = 0;
const act = () => ({ actor: 'sam', reason: 'at random', actionKey: `act-${(acts += 1)}` });

type OpenSeed = { readonly exam: ExamName; readonly subject: string; readonly had: Map<string, string> };

/** Scripts with agreed marks, by their submission, and whom each of them was given to under which assignment. */
async function openSeeds(store: Store): Promise<ReadonlyMap<string, OpenSeed>> {
  const credentials = await testCredentials();
  const decided: { attemptId: string; subject: string; submissionId: string; exam: ExamName }[] = [];
  for (const exam of ['small', 'german'] as const)
    for (let count = 0; count < SEEDS_OF_EACH; count += 1) {
      const given = ['one', 'two'].map((who) => ({ grader: `agreeing-${who}`, points: [4, 3] as const }));
      decided.push({ ...(await decidedScript(store, { given, credentials, examId: exam })), exam });
    }
  const seeds = new Map<string, OpenSeed>();
  for (const { attemptId, subject, submissionId, exam } of decided) {
    const { seedId } = await store.seeds.propose({ attemptId, test: 'aptitude', act: act() });
    await store.seeds.confirm({ seedId, act: { ...act(), actor: 'dora' } });
    seeds.set(submissionId, { exam, subject, had: new Map() });
  }
  // They are not there to mark anything else.
  for (const who of ['one', 'two']) await store.graders.change({ subject: `agreeing-${who}`, change: { state: 'suspended' }, act: act() });
  return seeds;
}

describe('300 claimants over 200 assignments whose records change at random', () => {
  it('hold none twice and none in conflict, record nothing once suspended, and leave none that a free grader may mark', async () => {
    const { store } = test;
    const examOf = (index: number): ExamName => (index < 12 ? 'rare' : index % 2 === 0 ? 'small' : 'german');
    const dueAt = new Date(Date.now() + 30 * 86_400_000);
    const seeds = await openSeeds(store);
    const submitted = await scriptsToMark(store, { count: SUBMISSIONS, dueAt, examIdOf: examOf });
    const scripts = submitted.map((script, index) => ({ exam: examOf(index), ...script }));
    const scriptOf = new Map(scripts.map((script) => [script.submissionId, script]));

    const graders: Model[] = Array.from({ length: CLAIMANTS }, (_, index) => ({
      subject: `grader-${index}`,
      designated: index % 30 === 0,
      suspended: undefined,
      barred: new Map(),
      conflicts: new Map(),
      declined: new Set(),
    }));

    /** Asks again where there was no connection: 300 at once wait longer for one than the API lets anybody wait. */
    async function atLast<Result>(work: () => Promise<Result>): Promise<Result> {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (!isDatabaseUnavailable(error)) throw error;
          await pause(20 + Math.random() * 200);
        }
      }
    }

    const setBarred = async (model: Model, barred: readonly ExamName[]) => {
      for (const [exam, span] of model.barred) if (!barred.includes(exam)) span.until = tick();
      const qualifications: Qualification[] = EXAMS.filter((exam) => !barred.includes(exam)).map((examId) => ({ examId, test: 'aptitude' }));
      await atLast(() => staff.graders.change({ subject: model.subject, change: { qualifications }, act: act() }));
      for (const exam of EXAMS) {
        if (!barred.includes(exam)) model.barred.delete(exam);
        else if (!model.barred.has(exam)) model.barred.set(exam, { from: tick(), until: Infinity });
      }
    };

    for (const [index, model] of graders.entries()) {
      await store.graders.meet(model);
      const rare: readonly ExamName[] = index < RARE_GRADERS ? [] : ['rare'];
      await setBarred(model, [...rare, ...(index % 3 === 0 ? (['german'] as const) : index % 3 === 1 ? (['small'] as const) : [])]);
    }
    // Of one rare script all who could mark it are in conflict with its candidate.
    const doomed = scripts[0];
    for (const model of graders.slice(0, RARE_GRADERS)) await declare(model, doomed?.subject ?? '');

    async function declare(model: Model, candidate: string): Promise<void> {
      if (model.conflicts.has(candidate)) return;
      const placeholder = { id: undefined, from: Infinity, until: Infinity };
      model.conflicts.set(candidate, placeholder); // one at a time
      const conflict = { kind: 'candidate', value: candidate } as const;
      const { conflictId } = await atLast(() => staff.graders.declareConflict({ grader: model.subject, conflict, source: 'staff', act: act() }));
      model.conflicts.set(candidate, { id: conflictId, from: tick(), until: Infinity });
    }

    async function end(model: Model, candidate: string): Promise<void> {
      const span = model.conflicts.get(candidate);
      if (!span) return;
      span.until = tick();
      await atLast(() => staff.graders.endConflict({ grader: model.subject, conflictId: span.id ?? '', act: act() }));
      model.conflicts.delete(candidate);
    }

    async function suspendOrAdmit(model: Model): Promise<void> {
      if (model.suspended) {
        model.suspended.until = tick();
        await atLast(() => staff.graders.change({ subject: model.subject, change: { state: 'active' }, act: act() }));
        model.suspended = undefined;
      } else {
        await atLast(() => staff.graders.change({ subject: model.subject, change: { state: 'suspended' }, act: act() }));
        model.suspended = { from: tick(), until: Infinity };
      }
    }

    // One change of a grader at a time, so that what the model says is what was said last.
    const changing = new Set<Model>();
    const violations: string[] = [];
    const changes = { suspended: 0, admitted: 0, qualified: 0, conflicts: 0, ended: 0 };
    const isEndable = ([candidate, { id }]: readonly [string, { id: string | undefined }]) => id !== undefined && candidate !== doomed?.subject;
    const hasEndable = ({ conflicts }: Model) => [...conflicts].some(isEndable);
    /** Whoever has something in hand: what happens to them is what can go wrong. */
    const holding = new Set<Model>();
    const change = async () => {
      const dice = Math.random();
      const candidates = dice < 0.2 ? graders.filter(({ suspended }) => suspended) : dice > 0.9 ? graders.filter(hasEndable) : [...holding];
      const model = pick(candidates.length > 0 ? candidates : graders);
      if (changing.has(model)) return;
      changing.add(model);
      try {
        if (dice < 0.4) {
          changes[model.suspended ? 'admitted' : 'suspended'] += 1;
          await suspendOrAdmit(model);
        } else if (dice < 0.6) {
          changes.qualified += 1;
          const rare: readonly ExamName[] = graders.indexOf(model) < RARE_GRADERS ? [] : ['rare'];
          await setBarred(model, [...rare, ...(['small', 'german'] as const).filter(() => Math.random() < 0.4)]);
        } else if (dice < 0.9) {
          changes.conflicts += 1;
          await declare(model, pick(scripts).subject);
        } else {
          const candidate = pick([...model.conflicts].filter(isEndable))?.[0];
          if (candidate === undefined) return;
          changes.ended += 1;
          await end(model, candidate);
        }
      } finally {
        changing.delete(model);
      }
    };

    const tokens = new Map<string, Map<number, string>>();
    const completions: { assignmentId: string; submissionId: string; grader: string }[] = [];
    const refused = new Map<string, number>();
    const count = (code: string) => refused.set(code, (refused.get(code) ?? 0) + 1);
    /** What each one took, to tell a new claim from the same one handed out again. */
    const had = new Set<string>();

    async function claim(model: Model): Promise<HeldAssignment | undefined> {
      const start = tick();
      const { suspended } = model;
      const barred = new Map(model.barred);
      const conflicts = new Map(model.conflicts);
      let held: HeldAssignment | undefined;
      try {
        held = await atLast(() => store.assignments.claim({ grader: model.subject, designated: model.designated }));
      } catch (error) {
        if (!(error instanceof Refusal) || !['only_given_back', 'grader_not_active', 'lease_lost'].includes(error.code)) throw error;
        count(`claim: ${error.code}`);
        return undefined;
      }
      if (!held) return undefined;
      const at = { start, end: tick() };
      const seed = seeds.get(held.submission.submissionId);
      const script = scriptOf.get(held.submission.submissionId) ?? seed;
      if (!script) throw new TypeError('every script is known');
      if (seed) {
        const earlier = seed.had.get(model.subject);
        if (earlier !== undefined && earlier !== held.id) violations.push(`${model.subject} was given one seed twice`);
        seed.had.set(model.subject, held.id);
      }
      const others = tokens.get(held.id) ?? new Map<number, string>();
      const before = others.get(held.fencingToken);
      if (before !== undefined && before !== model.subject) violations.push(`${held.id} was held twice under ${held.fencingToken}`);
      tokens.set(held.id, others.set(held.fencingToken, model.subject));
      if (stands(suspended, at)) violations.push(`${model.subject} was suspended and given work`);
      if (stands(conflicts.get(script.subject), at)) violations.push(`${model.subject} was given the script of ${script.subject}, in conflict`);
      const again = `${held.id} ${held.fencingToken} ${model.subject}`;
      if (!had.has(again) && stands(barred.get(script.exam), at)) violations.push(`${model.subject} was given ${script.exam}, not qualified`);
      had.add(again);
      return held;
    }

    async function finish(model: Model, held: HeldAssignment): Promise<void> {
      const { id: assignmentId, fencingToken, submission } = held;
      const start = tick();
      const { suspended } = model;
      const conflicts = new Map(model.conflicts);
      const result = await outcomeOf(
        atLast(() => store.assignments.complete({ assignmentId, grader: model.subject, fencingToken, marks: marksFor(held) })),
      );
      if (result !== 'ok') return void count(`complete: ${result}`);
      const at = { start, end: tick() };
      if (stands(suspended, at)) violations.push(`${model.subject} was suspended and recorded marks`);
      const { subject = '' } = scriptOf.get(submission.submissionId) ?? seeds.get(submission.submissionId) ?? {};
      if (stands(conflicts.get(subject), at)) violations.push(`${model.subject} recorded in conflict`);
      if (!seeds.has(submission.submissionId)) completions.push({ assignmentId, submissionId: submission.submissionId, grader: model.subject });
    }

    async function giveBack(model: Model, held: HeldAssignment): Promise<void> {
      const reason = pick(RELEASE_REASONS);
      const { id: assignmentId, fencingToken, submission } = held;
      const result = await outcomeOf(atLast(() => store.assignments.release({ assignmentId, grader: model.subject, fencingToken, reason })));
      count(`release for ${reason}: ${result}`);
      const candidate = (scriptOf.get(submission.submissionId) ?? seeds.get(submission.submissionId))?.subject ?? '';
      if (result === 'ok' && reason === 'not_my_field') model.declined.add(submission.submissionId);
      if (result === 'ok' && reason === 'conflict') model.conflicts.set(candidate, { id: undefined, from: tick(), until: Infinity });
    }

    // One is suspended with work in hand for certain; how many more are is left to chance.
    for (const model of graders) {
      const held = await claim(model);
      if (!held) continue;
      await suspendOrAdmit(model);
      await finish(model, held);
      await suspendOrAdmit(model);
      break;
    }

    let changingAtRandom = true;
    const work = async (model: Model) => {
      while (changingAtRandom) {
        const held = await claim(model);
        if (!held) {
          await pause(100 + Math.random() * 900);
          continue;
        }
        holding.add(model);
        await pause(Math.random() * 1500);
        await (Math.random() < 0.15 ? giveBack(model, held) : finish(model, held));
        holding.delete(model);
      }
    };
    const changers = Array.from({ length: CHANGERS }, async () => {
      while (changingAtRandom) await change();
    });
    const expiry = (async () => {
      while (changingAtRandom) {
        await pause(2000 + Math.random() * 2000);
        advanceSeconds(3601); // every lease that stands now has run out
      }
    })();
    const enough = (async () => {
      // On until each kind of change was made.
      const lacksChange = () => Object.values(changes).includes(0);
      while (completions.length < COMPLETED_UNDER_CHANGE || lacksChange()) await pause(100);
      changingAtRandom = false;
    })();
    await Promise.all([...graders.map(work), ...changers, expiry, enough]);

    // Records stand still: whoever may still take something does, until nobody finds any more.
    for (let found = true; found;) {
      found = false;
      advanceSeconds(3601);
      for (let from = 0; from < graders.length; from += 30) {
        const rounds = graders.slice(from, from + 30).map(async (model) => {
          for (let held = await claim(model); held; held = await claim(model)) {
            found = true;
            await finish(model, held);
          }
        });
        await Promise.all(rounds);
      }
    }

    expect(violations).toEqual([]);
    expect(new Set(completions.map(({ assignmentId }) => assignmentId)).size).toBe(completions.length);
    expect(new Set(completions.map(({ submissionId, grader }) => `${submissionId} ${grader}`)).size).toBe(completions.length);
    for (const { submissionId, exam, subject } of scripts) {
      const done = completions.filter((completion) => completion.submissionId === submissionId);
      expect(await store.assignments.marks(submissionId)).toHaveLength(done.length * 2);
      if (done.length === 2) continue;
      const free = graders.filter(
        (model) =>
          !model.suspended &&
          !model.barred.has(exam) &&
          !model.conflicts.has(subject) &&
          !model.declined.has(submissionId) &&
          !done.some(({ grader }) => grader === model.subject),
      );
      // Every language is theirs, so nothing else stands in the way.
      expect(
        free.map((model) => model.subject),
        `who could have marked a script of ${exam}`,
      ).toEqual([]);
    }
    // What nobody is left for is told to staff, all of it and nothing else.
    advanceSeconds(600);
    await store.assignments.watchStaffing();
    for (const { attemptId, submissionId } of scripts) {
      const left = 2 - completions.filter((completion) => completion.submissionId === submissionId).length;
      expect((await store.attempts.read({ attemptId })).facts.assignments.unstaffed ?? 0).toBe(left);
    }
    // None of this was vacuous.
    for (const { had: given } of seeds.values()) expect(given.size).toBeGreaterThan(0);
    expect(completions.filter(({ submissionId }) => submissionId === doomed?.submissionId)).toEqual([]);
    expect(completions.length).toBeGreaterThan(COMPLETED_UNDER_CHANGE);
    for (const [kind, number] of Object.entries(changes)) expect(number, kind).toBeGreaterThan(0);
    expect([...refused.keys()].filter((code) => code.startsWith('complete:')).toSorted()).toContain('complete: grader_not_active');
    for (const code of refused.keys()) expect(code).toMatch(/only_given_back|grader_not_active|lease_lost|assignment_closed|release for .*: ok/);
  }, 300_000);
});

describe('work that everybody who could mark it gave back as not their field', () => {
  it('is nobody’s: staff are told why, until somebody else is there', async () => {
    const own = await createTestStore({ clock });
    try {
      const { store } = own;
      await store.examVersions.publish({ content: smallExam(), actor: 'test' });
      const { attemptId, submissionId } = await submittedAttempt(store, { examId: 'small' });
      await store.assignments.open({ submissionId, purpose: 'mark', seats: [1], dueAt: new Date(Date.now() + 30 * 86_400_000) });
      advanceSeconds(600);
      const unstaffed = async () => {
        const { unstaffed: count, unstaffedBecause } = (await store.attempts.read({ attemptId })).facts.assignments;
        return { count, unstaffedBecause };
      };
      const held = await store.assignments.claim({ grader: 'gil', designated: false });
      if (!held) throw new TypeError('there is one to mark');
      const lease = { assignmentId: held.id, grader: 'gil', fencingToken: held.fencingToken };
      await store.assignments.release({ ...lease, reason: 'not_my_field' });
      advanceSeconds(3601);
      expect(await outcomeOf(store.assignments.claim({ grader: 'gil', designated: false }))).toBe('only_given_back');
      expect(await unstaffed()).toEqual({ count: 1, unstaffedBecause: { not_their_field: 1 } });
      await store.graders.meet({ subject: 'noa', designated: false });
      await store.assignments.watchStaffing();
      expect((await unstaffed()).count ?? 0).toBe(0);
    } finally {
      await own.close();
    }
  });
});
