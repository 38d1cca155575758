import type { Client } from '@temporalio/client';
import pMap from 'p-map';
import { OUTCOMES, PHASES } from '../domain/attempt.ts';
import { TESTS } from '../domain/exam.ts';
import { forecastOf } from '../domain/promise-forecast.ts';
import type { Family, Labels, Measure } from '../platform/telemetry/measures.ts';
import { runningWorkflows, workflowStatus } from '../platform/temporal/executions.ts';
import { ASSIGNMENT_STATES, PROMISE_PERCENTS, type MeasureStore } from '../store/measures.ts';
import { LEFT_OVER, type LeftOver } from '../store/leftover-uploads.ts';
import type { OutlookStore } from '../store/outlooks.ts';
import type { RecoveryStore } from '../store/recovery.ts';
import type { Store } from '../store/store.ts';
import { ATTEMPT_WORKFLOW, attemptWorkflowId } from '../workflows/messages.ts';
import { CORRECTION_WORKFLOW, correctionWorkflowId } from '../workflows/correction-messages.ts';

/** What reads the open attempts alone is cheap enough for every scrape of two replicas; what reads all records is not. */
const OPEN_KEEP_SECONDS = 5;
const HISTORY_KEEP_SECONDS = 60;
/** Reads every open attempt on both sides. */
const WORKFLOWS_KEEP_SECONDS = 300;
const ASKED_AT_ONCE = 20;

const OPEN_PHASES = PHASES.filter((phase) => !OUTCOMES.some((outcome) => outcome === phase));

/** How the business stands, from its records. Every combination of labels is told, 0 where there is none: an absent series means not known. */
export function domainMeasures({
  measures,
  recovery,
  uploads,
  outlooks,
  client,
}: {
  measures: MeasureStore;
  uploads: Pick<Store['uploads'], 'countRemoved' | 'oldestInHandSeconds' | 'oldestUnscannedSeconds' | 'countQuarantined'>;
  recovery: RecoveryStore;
  outlooks: Pick<OutlookStore, 'list'>;
  client: Client;
}): readonly Measure[] {
  return [
    { name: 'open_attempts', keepSeconds: OPEN_KEEP_SECONDS, read: () => openAttempts(measures) },
    { name: 'gradings', keepSeconds: OPEN_KEEP_SECONDS, read: () => gradings(measures) },
    { name: 'assignments', keepSeconds: OPEN_KEEP_SECONDS, read: () => assignments(measures) },
    { name: 'acts_of_two', keepSeconds: OPEN_KEEP_SECONDS, read: () => actsOfTwo(measures) },
    { name: 'graders', keepSeconds: HISTORY_KEEP_SECONDS, read: () => graders(measures) },
    { name: 'marking_fit', keepSeconds: HISTORY_KEEP_SECONDS, read: () => markingFit(measures) },
    { name: 'promise_forecasts', keepSeconds: HISTORY_KEEP_SECONDS, read: () => promiseForecasts(outlooks) },
    { name: 'undecided_submissions', keepSeconds: HISTORY_KEEP_SECONDS, read: () => undecided(measures) },
    { name: 'stalled_submissions', keepSeconds: HISTORY_KEEP_SECONDS, read: () => stalled(measures) },
    { name: 'results', keepSeconds: HISTORY_KEEP_SECONDS, read: () => results(measures) },
    { name: 'certificates', keepSeconds: HISTORY_KEEP_SECONDS, read: () => certificates(measures) },
    { name: 'uploads_in_hand', keepSeconds: OPEN_KEEP_SECONDS, read: () => uploadsInHand(uploads) },
    { name: 'removed_uploads', keepSeconds: HISTORY_KEEP_SECONDS, read: () => removedUploads(uploads) },
    { name: 'attention', keepSeconds: OPEN_KEEP_SECONDS, read: () => attention(client) },
    { name: 'lost_workflows', keepSeconds: WORKFLOWS_KEEP_SECONDS, read: () => lostWorkflows({ recovery, client }) },
  ];
}

async function openAttempts(measures: MeasureStore): Promise<readonly Family[]> {
  const counts = new Map((await measures.openAttempts()).map(({ phase, count }) => [phase as string, count]));
  const series = OPEN_PHASES.map((phase) => ({ labels: { phase }, value: counts.get(phase) ?? 0 }));
  return [{ name: 'certifiable_attempts_open', help: 'Open attempts by phase', kind: 'gauge', series }];
}

async function gradings(measures: MeasureStore): Promise<readonly Family[]> {
  const rows = await measures.gradings();
  const of = (test: string) => rows.find((row) => row.test === test);
  return [
    {
      name: 'certifiable_gradings_under_way',
      help: 'Submissions that are being graded',
      kind: 'gauge',
      series: TESTS.map((test) => ({ labels: { test }, value: of(test)?.underWay ?? 0 })),
    },
    {
      name: 'certifiable_gradings_past_promise_share',
      help: 'Of these, those for which so many percent of the promised time are gone',
      kind: 'gauge',
      series: TESTS.flatMap((test) =>
        PROMISE_PERCENTS.map((percent) => ({ labels: { test, percent: String(percent) }, value: of(test)?.past[percent] ?? 0 })),
      ),
    },
  ];
}

async function assignments(measures: MeasureStore): Promise<readonly Family[]> {
  const [rows, unstaffed] = await Promise.all([measures.assignments(), measures.unstaffedAssignments()]);
  const purposes = ['mark', 'adjudicate'];
  const labels = purposes.flatMap((purpose) => ASSIGNMENT_STATES.map((state) => ({ purpose, state })));
  const series = labels.map(({ purpose, state }) => ({
    labels: { purpose, state },
    value: rows.find((row) => row.purpose === purpose && row.state === state)?.count ?? 0,
  }));
  return [
    {
      name: 'certifiable_assignments',
      help: 'Assignments yet to be completed, by purpose, and by lease or as held for staff',
      kind: 'gauge',
      series,
    },
    {
      name: 'certifiable_assignments_unstaffed',
      help: 'Of these, those that nobody who marks may take',
      kind: 'gauge',
      series: purposes.map((purpose) => ({ labels: { purpose }, value: unstaffed.find((row) => row.purpose === purpose)?.count ?? 0 })),
    },
  ];
}

async function graders(measures: MeasureStore): Promise<readonly Family[]> {
  const help = 'Graders whose marks move away from those of others, until staff settle it';
  return [{ name: 'certifiable_graders_drifting', help, kind: 'gauge', series: [{ value: await measures.graderDrifts() }] }];
}

async function actsOfTwo(measures: MeasureStore): Promise<readonly Family[]> {
  const counts = await measures.actsOfTwo();
  const series = Object.entries(counts).map(([state, value]) => ({ labels: { state }, value }));
  const help = 'Acts that take two persons: waiting for the second one, confirmed and not done, done by one alone and not reviewed';
  return [{ name: 'certifiable_acts_of_two', help, kind: 'gauge', series }];
}

async function markingFit(measures: MeasureStore): Promise<readonly Family[]> {
  const help = 'How long ago the marking model was last fitted; 0 while none is asked';
  return [{ name: 'certifiable_marking_fit_age_seconds', help, kind: 'gauge', series: [{ value: await measures.markingFitAgeSeconds() }] }];
}

/** Whether the promise holds for what comes (domain/promise-forecast.ts). What was not counted of late is not told: nobody knows. */
async function promiseForecasts(outlooks: Pick<OutlookStore, 'list'>): Promise<readonly Family[]> {
  const told = (await outlooks.list()).flatMap(({ examId, language, test, policy, outlook, now }) => {
    const forecast = forecastOf({ outlook, policy, test, now, limits: [] });
    return forecast.risk?.why === 'not_counted' ? [] : [{ labels: { exam: examId, language: language ?? '', test }, ...forecast }];
  });
  return [
    {
      name: 'certifiable_promise_at_risk',
      help: 'Whether the promised time would not be held for what is handed in within the next eight weeks',
      kind: 'gauge',
      series: told.map(({ labels, risk }) => ({ labels, value: risk === null ? 0 : 1 })),
    },
    {
      name: 'certifiable_promise_hours_missing',
      help: 'So many hours a week more would do, of all who may mark it or of designated graders; 0 where none are missing or none would help',
      kind: 'gauge',
      series: told.flatMap(({ labels, risk }) => [
        { labels: { ...labels, of: 'graders' }, value: risk?.help.hoursMoreAWeek ?? 0 },
        { labels: { ...labels, of: 'designated' }, value: risk?.help.designatedHoursMoreAWeek ?? 0 },
      ]),
    },
    {
      name: 'certifiable_result_expected_seconds',
      help: 'From submission to result of what is handed in now; absent where it cannot be said',
      kind: 'gauge',
      series: told.flatMap(({ labels, resultSeconds }) => (resultSeconds === null ? [] : [{ labels, value: resultSeconds }])),
    },
  ];
}

async function undecided(measures: MeasureStore): Promise<readonly Family[]> {
  const rows = await measures.undecidedSubmissions();
  const of = (test: string) => rows.find((row) => row.test === test);
  return [
    {
      name: 'certifiable_submissions_undecided',
      help: 'Receipts that no decision answers yet',
      kind: 'gauge',
      series: TESTS.map((test) => ({ labels: { test }, value: of(test)?.count ?? 0 })),
    },
    {
      name: 'certifiable_submissions_undecided_oldest_age_seconds',
      help: 'Age of the oldest such receipt; 0 without any',
      kind: 'gauge',
      series: TESTS.map((test) => ({ labels: { test }, value: of(test)?.oldestAgeSeconds ?? 0 })),
    },
  ];
}

async function stalled(measures: MeasureStore): Promise<readonly Family[]> {
  const rows = await measures.stalledSubmissions();
  return [
    {
      name: 'certifiable_submissions_stalled_oldest_age_seconds',
      help: 'How long the undecided submission that waits for no grader has waited; 0 without any',
      kind: 'gauge',
      series: TESTS.map((test) => ({ labels: { test }, value: rows.find((row) => row.test === test)?.oldestAgeSeconds ?? 0 })),
    },
  ];
}

async function results(measures: MeasureStore): Promise<readonly Family[]> {
  const rows = await measures.results();
  const seriesOf = (part: 'withinWorkingWeek' | 'asPromised') =>
    TESTS.flatMap((test) => {
      const row = rows.find((candidate) => candidate.test === test);
      return inTime({ test }, { total: row?.total ?? 0, inTime: row?.[part] ?? 0 });
    });
  return [
    {
      name: 'certifiable_results_total',
      help: 'Published results, by whether they were out within five working days of the submission',
      kind: 'counter',
      series: seriesOf('withinWorkingWeek'),
    },
    {
      name: 'certifiable_results_promised_total',
      help: 'Published results, by whether they were out as the exam promises',
      kind: 'counter',
      series: seriesOf('asPromised'),
    },
  ];
}

async function certificates(measures: MeasureStore): Promise<readonly Family[]> {
  const { total, withinADay } = await measures.certificates();
  const series = inTime({}, { total, inTime: withinADay });
  const help = 'Certificates, by whether they were issued within 24 hours of the last mark that they wait for';
  return [{ name: 'certifiable_certificates_total', help, kind: 'counter', series }];
}

async function uploadsInHand(uploads: Pick<Store['uploads'], 'oldestInHandSeconds' | 'oldestUnscannedSeconds'>): Promise<readonly Family[]> {
  const help = 'For how long an upload has waited that arrived in time and is neither taken nor refused; 0 without any';
  const unscanned = 'For how long a complete upload has waited for the scanner for malware; 0 without any';
  return [
    { name: 'certifiable_uploads_in_hand_oldest_age_seconds', help, kind: 'gauge', series: [{ value: await uploads.oldestInHandSeconds() }] },
    {
      name: 'certifiable_uploads_unscanned_oldest_age_seconds',
      help: unscanned,
      kind: 'gauge',
      series: [{ value: await uploads.oldestUnscannedSeconds() }],
    },
  ];
}

async function removedUploads(uploads: Pick<Store['uploads'], 'countRemoved' | 'countQuarantined'>): Promise<readonly Family[]> {
  const rows = await uploads.countRemoved();
  const seriesOf = (part: 'count' | 'bytes') =>
    Object.keys(LEFT_OVER).map((why) => ({ labels: { why }, value: rows.find((row) => row.why === (why as LeftOver))?.[part] ?? 0 }));
  return [
    {
      name: 'certifiable_uploads_quarantined_total',
      help: 'Uploads in which the scanner for malware found something',
      kind: 'counter',
      series: [{ value: await uploads.countQuarantined() }],
    },
    {
      name: 'certifiable_uploads_removed_total',
      help: 'Uploads that were left over and are removed, by why',
      kind: 'counter',
      series: seriesOf('count'),
    },
    {
      name: 'certifiable_upload_bytes_removed_total',
      help: 'Their bytes, as they were announced; of orphaned ones not known',
      kind: 'counter',
      series: seriesOf('bytes'),
    },
  ];
}

function inTime(labels: Labels, counted: { total: number; inTime: number }) {
  return [
    { labels: { ...labels, in_time: 'true' }, value: counted.inTime },
    { labels: { ...labels, in_time: 'false' }, value: counted.total - counted.inTime },
  ];
}

/** Staff are called by the workflows themselves, so Temporal knows. */
async function attention(client: Client): Promise<readonly Family[]> {
  const count = async (workflowType: string) => {
    const query = `WorkflowType = '${workflowType}' AND CertNeedsAttention = true AND ExecutionStatus = 'Running'`;
    return (await client.withDeadline(Date.now() + COUNT_MILLISECONDS, () => client.workflow.count(query))).count;
  };
  const [attempts, corrections] = await Promise.all([count(ATTEMPT_WORKFLOW), count(CORRECTION_WORKFLOW)]);
  return [
    {
      name: 'certifiable_attempts_needing_attention',
      help: 'Open attempts for which staff were called',
      kind: 'gauge',
      series: [{ value: attempts }],
    },
    {
      name: 'certifiable_corrections_needing_attention',
      help: 'Open corrections of certificates for which staff were called',
      kind: 'gauge',
      series: [{ value: corrections }],
    },
  ];
}

/**
 * Open by the records, and no workflow drives it: somebody pressed *Terminate*, a workflow failed, or Temporal lost its data. What
 * `certifiable records reconcile` names and begins again.
 */
async function lostWorkflows({ recovery, client }: { recovery: RecoveryStore; client: Client }): Promise<readonly Family[]> {
  const lost = async (workflowIds: readonly string[], running: ReadonlySet<string>) => {
    const suspects = workflowIds.filter((id) => !running.has(id));
    const statuses = await pMap(suspects, (id) => workflowStatus(client, id), { concurrency: ASKED_AT_ONCE });
    return statuses.filter((status) => status !== 'RUNNING').length;
  };
  const [attempts, corrections] = await Promise.all([running(client, ATTEMPT_WORKFLOW), running(client, CORRECTION_WORKFLOW)]);
  let lostAttempts = 0;
  for await (const page of recovery.openAttempts()) {
    lostAttempts += await lost(
      page.map(({ attemptId }) => attemptWorkflowId(attemptId)),
      attempts,
    );
  }
  const open = (await recovery.openCorrections()).map(({ correctionId }) => correctionWorkflowId(correctionId));
  return [
    {
      name: 'certifiable_workflows_lost',
      help: 'Open attempts and corrections of certificates that no workflow drives',
      kind: 'gauge',
      series: [
        { labels: { of: 'attempt' }, value: lostAttempts },
        { labels: { of: 'correction' }, value: await lost(open, corrections) },
      ],
    },
  ];
}

async function running(client: Client, workflowType: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { workflowId } of runningWorkflows(client, workflowType)) ids.add(workflowId);
  return ids;
}

const COUNT_MILLISECONDS = 4000;
