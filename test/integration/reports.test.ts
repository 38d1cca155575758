import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectCommandStores } from '../../cli/stores.ts';
import type { ExamAnalysis } from '../../domain/exam-answers.ts';
import { ITEM_ANALYSIS_METHOD } from '../../domain/item-analysis.ts';
import { analysisInWords } from '../../domain/item-words.ts';
import { PERIOD_REPORTS } from '../../domain/report.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createScheduleKeeper } from '../../workers/schedules.ts';
import { REPORTS_WORKFLOW, reportsSchedule } from '../../workflows/schedules.ts';
import { runCommand } from '../support/command.ts';
import { decidedCaseStudy, decidedScript } from '../support/decided.ts';
import { startPipeline, until, type Pipeline } from '../support/pipeline.ts';

/** The weekly reports: real decisions in PostgreSQL, the real schedule and workflow. */

let pipeline: Pipeline;
let database: pg.Client;

beforeAll(async () => {
  pipeline = await startPipeline({
    exams: [smallExam({}, 'reported'), smallExam({}, 'barely'), { ...smallExam({}, 'studied'), caseStudies: smallExam().caseStudies.slice(0, 1) }],
  });
  database = new pg.Client({ connectionString: pipeline.databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await handle()
    .delete()
    .catch(() => {});
  await database?.end();
  await pipeline?.stop();
});

const handle = () => pipeline.client.schedule.getHandle(reportsSchedule.scheduleId);
const run = (occasion: string) =>
  pipeline.client.workflow.execute(REPORTS_WORKFLOW, {
    workflowId: occasion,
    taskQueue: 'certification',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  }) as Promise<readonly string[]>;

async function itemsOf(reportId = ''): Promise<ExamAnalysis> {
  const report = await pipeline.store.reports.read(reportId);
  if (report.kind !== 'items') throw new Error(`it is of ${report.kind}`);
  return report.content;
}

async function decide(examId: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const given = ['severe', 'mild'].map((grader, seat) => ({ grader, points: [2 + seat, index % 5] as const }));
    const chosen = { c1: [index % 3 === 0 ? 'b' : 'a'], ...(index % 4 === 0 ? {} : { c2: ['a', index % 2 === 0 ? 'b' : 'c'] }) };
    await decidedScript(pipeline.store, { given, credentials: pipeline.credentials(), examId, chosen });
  }
}

describe('the weekly reports', () => {
  it(
    'are made of exam versions with ten candidates decided, once a run, and again once something was decided since',
    { timeout: 240_000 },
    async () => {
      await decide('reported', 12);
      await decide('barely', 9);
      const words = await run('reports-1');
      expect(words).toEqual([
        expect.stringMatching(/^reported@1: 12 candidates, 4 items/),
        ...PERIOD_REPORTS.map((kind) => expect.stringMatching(`^${kind} \\d{4}-.*: \\d+ attempts$`)),
      ]);
      const [report] = await pipeline.store.reports.list({ kinds: ['items'] });
      expect(report).toMatchObject({
        kind: 'items',
        examId: 'reported',
        version: 1,
        candidates: 12,
        method: ITEM_ANALYSIS_METHOD,
        contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      const content = await itemsOf(report?.id);
      expect(content.items.map(({ id, answered, facility }) => [id, answered, facility])).toEqual([
        ['c1', 12, expect.closeTo(8 / 12, 9)],
        // Of nine who answered three have both, and six one right and one wrong.
        ['c2', 9, 3 / 12],
        ['t1', 12, 0.5],
        ['t2', 12, expect.closeTo(21 / 60, 9)],
      ]);
      expect(content.items.map(({ choices }) => choices.map(({ id, isKey, taken }) => [id, isKey, taken]))).toEqual([
        [
          ['a', true, 8],
          ['b', false, 4],
          ['c', false, 0],
        ],
        [
          ['a', true, 9],
          ['b', true, 3],
          ['c', false, 6],
        ],
        [],
        [],
      ]);
      expect(Object.fromEntries(content.graders.map(({ grader, tests }) => [grader, tests]))).toEqual({ mild: 12, severe: 12 });

      // Nothing new: nothing to tell. A repeat of a run whose report stands finds it.
      expect(await run('reports-2')).toEqual([]);
      await decide('reported', 1);
      expect(await run('reports-3')).toEqual([expect.stringMatching(/^reported@1: 13 candidates/)]);
      expect((await pipeline.store.reports.list({ kinds: ['items'] })).map(({ candidates }) => candidates)).toEqual([13, 12]);
      const again = { kind: 'items', examVersionId: await examVersionId(), occasion: 'reports-3', until: new Date() } as const;
      expect(await pipeline.store.reports.record(again, content)).toEqual({ isNew: false });
      expect(await pipeline.store.reports.list({ kinds: ['items'] })).toHaveLength(2);
      expect(await pipeline.store.reports.list({ kinds: PERIOD_REPORTS })).toHaveLength(PERIOD_REPORTS.length);
    },
  );

  it('have the criteria of each case study that ten were decided at, as people marked them', { timeout: 240_000 }, async () => {
    for (let index = 0; index < 10; index += 1) {
      const given = ['one', 'two'].map((grader) => ({ grader, points: [1 + (index % 2), index % 5] as const }));
      await decidedCaseStudy(pipeline.store, { given, credentials: pipeline.credentials(), examId: 'studied' });
    }
    expect(await run('reports-4')).toEqual([expect.stringMatching(/^studied@1: 10 candidates, 4 items.*: 10 candidates, \d criteria$/)]);
    const [newest] = await pipeline.store.reports.list({ kinds: ['items'] });
    const { caseStudies = [] } = await itemsOf(newest?.id);
    expect(
      caseStudies.map(({ items }) => items.map(({ id, answered, points, facility, choices }) => [id, answered, points * facility, choices])),
    ).toEqual([
      [
        ['k1', 10, expect.closeTo(1.5, 9), []],
        ['k2', 10, expect.closeTo(2, 9), []],
      ],
    ]);
  });

  it('are what the command says of the same decisions', async () => {
    const stores = connectCommandStores({ DATABASE_URL: pipeline.databaseUrl, DATABASE_POOL_SIZE: 1 });
    const { printed, exitCode } = await runCommand(['report', 'items', '--exam-version', 'reported@1', '--json'], { stores });
    expect(exitCode).toBe(0);
    const newest = (await pipeline.store.reports.list({ kinds: ['items'] })).find((one) => 'examId' in one && one.examId === 'reported');
    const content = await itemsOf(newest?.id);
    expect(JSON.parse(printed.join('\n'))).toEqual(JSON.parse(JSON.stringify(analysisInWords(content))));
    const unknown = await runCommand(['report', 'items', '--exam-version', 'reported@9'], { stores });
    expect([unknown.exitCode, unknown.printed]).toEqual([1, []]);
    await stores.close();
  });

  it('are records that nobody changes', async () => {
    for (const change of ["UPDATE report SET content = '{}'", 'DELETE FROM report'])
      await expect(database.query(change)).rejects.toThrow(/append-only/);
  });

  it('have a schedule of their own that catches up the last of what it missed', async () => {
    const keeper = createScheduleKeeper({ client: pipeline.client, logger: pipeline.logger });
    const running = keeper.run();
    const found = () =>
      handle()
        .describe()
        .catch(() => undefined);
    await until(async () => (await found()) !== undefined || 'there is no schedule');
    keeper.stop();
    await running;
    const described = await found();
    expect(described?.action).toMatchObject({ workflowType: REPORTS_WORKFLOW, taskQueue: 'certification' });
    expect(described?.policies).toMatchObject({ overlap: 'SKIP' });
    expect(described?.policies.catchupWindow).toBeLessThan(7 * 86_400_000);
  });

  async function examVersionId(): Promise<string> {
    const { rows } = await database.query<{ id: string }>("SELECT id FROM exam_version WHERE exam_id = 'reported'");
    return rows[0]?.id ?? '';
  }
});
