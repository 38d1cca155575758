import { lastPeriod } from '../../domain/report-period.ts';
import type { PeriodReportKind } from '../../domain/report.ts';
import type { RegisterReadModel } from '../../publication/register/read-model.ts';
import type { RecoveryStore } from '../../store/recovery.ts';
import type { Store } from '../../store/store.ts';

/** What one run of a query asks about; another one each turn, so that none finds its answer in the cache of the one before. */
export type Asked = {
  readonly grader: string;
  readonly designated: string;
  readonly attemptId: string;
  readonly subject: string;
  readonly certificateId: string;
};

export type RegularQuery = {
  readonly run: (asked: Asked) => Promise<unknown>;
  /** How often in a minute a pool asks, by its own clock or by a scrape each 15 seconds (deploy/helm); absent of what people ask. */
  readonly perMinute?: number;
  /** One of the measures of workers/domain-measures.ts and workers/metrics.ts. */
  readonly isMeasure?: true;
  /** Statements that put back what a run changes; not timed. */
  readonly undo?: string;
};

const SCRAPED = 4;
const KEPT_A_MINUTE = 1;
const EVERY_HALF_SECOND = 120;
const EVERY_HALF_MINUTE = 2;
const KEPT_DAYS = 90;
const PAGE = 21;

/** Everything that is asked of PostgreSQL all day long: by pools again and again, by people whenever they look. By the store's own functions. */
export function regularQueries({
  store,
  recovery,
  register,
}: {
  store: Store;
  recovery: RecoveryStore;
  register: Pick<RegisterReadModel, 'find'>;
}): Readonly<Record<string, RegularQuery>> {
  const {
    attempts,
    assignments,
    deliveries,
    events,
    graders,
    interests,
    ledger,
    mails,
    measures,
    outlooks,
    pay,
    periodReports,
    regrades,
    tidings,
    uploads,
  } = store;
  const measure = (run: () => Promise<unknown>, perMinute = SCRAPED): RegularQuery => ({ run, perMinute, isMeasure: true });
  // Of the week that is over, whatever the kind's own period: the first size fills no quarter.
  const reported = (kind: PeriodReportKind): RegularQuery => ({ run: () => periodReports.read({ kind, ...lastPeriod('operations', new Date()) }) });
  return {
    'measure: open attempts': measure(() => measures.openAttempts()),
    'measure: gradings': measure(() => measures.gradings()),
    'measure: assignments': measure(() => measures.assignments()),
    'measure: unstaffed assignments': measure(() => measures.unstaffedAssignments()),
    'measure: drifting graders': measure(() => measures.graderDrifts(), KEPT_A_MINUTE),
    'measure: promise forecasts': measure(() => outlooks.list(), KEPT_A_MINUTE),
    'measure: undecided submissions': measure(() => measures.undecidedSubmissions(), KEPT_A_MINUTE),
    'measure: stalled submissions': measure(() => measures.stalledSubmissions(), KEPT_A_MINUTE),
    'measure: results': measure(() => measures.results(), KEPT_A_MINUTE),
    'measure: certificates': measure(() => measures.certificates(), KEPT_A_MINUTE),
    'measure: uploads in hand': measure(() => uploads.oldestInHandSeconds()),
    'measure: unscanned uploads': measure(() => uploads.oldestUnscannedSeconds()),
    'measure: removed uploads': measure(() => uploads.countRemoved(), KEPT_A_MINUTE),
    'measure: quarantined uploads': measure(() => uploads.countQuarantined(), KEPT_A_MINUTE),
    'measure: deliveries': measure(() => deliveries.backlog()),
    'measure: sinks': measure(() => events.backlog()),
    'measure: fresh events': measure(() => events.fresh()),
    'measure: tidings': measure(() => tidings.backlog()),
    'measure: mails': measure(() => mails.backlog()),
    'measure: ledger': measure(() => ledger.backlog()),

    'open attempts, as lost workflows are sought': { run: () => drained(recovery.openAttempts()), perMinute: 0.2 },
    'deliveries due': { run: () => deliveries.take(200), perMinute: EVERY_HALF_SECOND },
    'sweep of deliveries': { run: () => deliveries.requeueUnconsumed(180), perMinute: EVERY_HALF_MINUTE },
    'events to fan out': { run: () => events.fanOut(), perMinute: EVERY_HALF_SECOND },
    'events due': { run: () => events.take('register', 100), perMinute: EVERY_HALF_SECOND },
    'tidings due': { run: () => tidings.take(50), perMinute: EVERY_HALF_SECOND },
    'mails due': { run: () => mails.take(10), perMinute: EVERY_HALF_SECOND },
    'mails no more wanted': { run: () => mails.discardUnwanted(), perMinute: 1 },
    'mails lost': { run: () => mails.giveUpLost(), perMinute: 1 },
    'mails to graders': {
      run: () => graders.writeTo({ deskUrl: undefined }),
      perMinute: 1,
      undo: 'UPDATE grader SET told_of_work_at = NULL; DELETE FROM mail WHERE grader IS NOT NULL',
    },
    'mails to staff': {
      run: () => mails.writeToStaff({ consoleUrl: undefined }),
      perMinute: 1,
      undo: "DELETE FROM staff_call; DELETE FROM mail WHERE kind = 'staff_called'",
    },
    'regrades that are stalled': { run: () => regrades.stalled({ afterSeconds: 600 }), perMinute: EVERY_HALF_MINUTE },
    'uploads to look at again': { run: () => uploads.inHand({ sinceSeconds: 60, limit: 10 }), perMinute: EVERY_HALF_MINUTE },
    'uploads to scan': { run: () => uploads.unscanned({ limit: 10 }), perMinute: EVERY_HALF_MINUTE },
    'staffing watched': { run: () => assignments.watchStaffing(), perMinute: EVERY_HALF_MINUTE },
    'drift watched': {
      run: () => graders.watchDrift({ sinceSeconds: 660 }),
      perMinute: 0.1,
      undo: 'SET session_replication_role = replica; DELETE FROM drift; SET session_replication_role = DEFAULT',
    },
    'outlook counted': { run: () => outlooks.count(), perMinute: 1, undo: 'DELETE FROM marking_outlook' },
    'later results told': { run: () => outlooks.tellLater(), perMinute: 1 },
    'uploads left over': { run: () => uploads.leftOver({ limit: 100 }), perMinute: 1 / 60 },
    'orphans of storage': { run: ({ attemptId }) => uploads.orphaned([attemptId]), perMinute: 1 / 60 },
    'deliveries pruned': { run: () => deliveries.prune({ afterDays: KEPT_DAYS, limit: 10 }), perMinute: 1 / 3 },
    'mails pruned': { run: () => mails.prune({ afterDays: 400, limit: 10 }), perMinute: 1 / 3 },
    'idempotency pruned': { run: () => store.commands.prune({ afterDays: KEPT_DAYS, limit: 10 }), perMinute: 1 / 3 },

    claim: { run: ({ grader }) => assignments.claim({ grader, designated: false }) },
    'claim of a designated grader': { run: ({ designated }) => assignments.claim({ grader: designated, designated: true }) },
    queue: { run: ({ grader }) => assignments.queue({ grader, designated: false }) },
    'queue of a designated grader': { run: ({ designated }) => assignments.queue({ grader: designated, designated: true }) },
    'what a grader holds and completed': { run: ({ grader }) => assignments.listOwn({ grader, limit: PAGE }) },
    'marking quality': { run: ({ grader }) => graders.markingQuality(grader) },
    'pay due': { run: ({ grader }) => pay.read(grader) },
    'quality of items': { run: () => graders.itemQuality('one') },
    'report of operations': reported('operations'),
    'report of money': reported('money'),
    'report of the quality of marking': reported('marking-quality'),
    'report of the funnel': reported('funnel'),
    'graders, for staff': { run: () => graders.list({ limit: PAGE }) },
    'attempts, for staff': { run: () => attempts.list({ limit: PAGE }) },
    'open attempts, for staff': { run: () => attempts.list({ limit: PAGE, open: true }) },
    'a late page of open attempts': { run: ({ attemptId }) => attempts.list({ limit: PAGE, open: true, after: attemptId }) },
    'assignments, for staff': { run: () => assignments.listForStaff({ limit: PAGE }) },
    'completed assignments, for staff': { run: () => assignments.listForStaff({ limit: PAGE, state: 'completed' }) },
    'assignments of an attempt': { run: ({ attemptId }) => assignments.listForStaff({ limit: PAGE, attemptId }) },
    'attempts found by name': { run: () => attempts.search({ text: 'mar', limit: PAGE }) },
    'attempts found by phase': { run: () => attempts.search({ phase: 'certified', limit: PAGE }) },
    'attempts that are overdue': { run: () => attempts.search({ overdue: true, limit: PAGE }) },
    'overdue by exam': { run: () => attempts.overdue() },
    'a candidate’s attempts': { run: ({ subject }) => attempts.list({ subject, limit: PAGE }) },
    'an attempt': { run: ({ attemptId }) => attempts.read({ attemptId }) },
    'an attempt’s story': { run: ({ attemptId }) => attempts.story(attemptId) },
    'whether staff may decide on an attempt': {
      run: ({ grader, attemptId }) => interests.of({ subject: grader, email: 'somebody@example.org' }, 'attempt', { id: attemptId, doing: 'decide' }),
    },
    'which attempts of a page are somebody’s own': {
      run: ({ grader, attemptId }) => interests.among({ subject: grader, email: 'somebody@example.org' }, [attemptId]),
    },
    'mails that did not arrive': { run: () => mails.undeliveredList() },
    'events set aside': { run: () => events.aside() },
    'certificate looked up': { run: ({ certificateId }) => register.find({ certificateId }) },
    'results untold, as reconcile asks': { run: () => recovery.untoldResults() },
    'replay of an hour': {
      run: () => events.replay('hook', new Date(Date.now() - 3_600_000)),
      undo: 'DELETE FROM dispatch; DELETE FROM dispatch_queue',
    },
  };
}

async function drained(pages: AsyncIterable<readonly unknown[]>): Promise<number> {
  let count = 0;
  for await (const page of pages) count += page.length;
  return count;
}
