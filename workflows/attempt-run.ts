import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { isUnderWay, phaseOf, type AttemptFacts, type Instant, type NewlyOpened, type Outcome, type Phase, type Window } from '../domain/attempt.ts';
import type { AppealState } from '../domain/appeal.ts';
import { CANDIDATE_REMINDER_SECONDS } from '../domain/exam.ts';
import { shortageInWords } from '../domain/grader.ts';
import type { Step } from '../domain/step.ts';
import type { AttemptPlan } from '../activities/certification/activities.ts';
import type { PublishAnswer, Regraded } from '../activities/publication/activities.ts';
import { certification, notification } from './activities.ts';
import { renderDetails } from './details.ts';
import { createReminders } from './reminders.ts';
import type { Alarm, Waiting } from './waiting.ts';
import { factsCommitted } from './messages.ts';
import { CertAppeal, CertDueAt, CertExamVersion, CertNeedsAttention, CertOutcome, CertPhase } from './search-attributes.ts';

/** What staff are called for as long as it is so: nobody could mark, a file cannot be read, it waits for its scanner, no other came in its place, or an act waits for a second person. */
type StandingCall = 'unstaffed' | 'held' | 'scan' | 'not_replaced' | 'claimed';

/** Before, staff stayed called for what was over, where it had not been the only thing or was a file that waited for its scanner. */
export const CALLS_END = 'calls-end-with-what-they-are-for';

/** Without the facts that may come with it. */
type PublishResult = Exclude<PublishAnswer, object>;

type PublishingAsks = { readonly tells?: true; readonly returnsFacts: true };

/**
 * One attempt as its workflow sees it: the plan pinned at registration, the committed facts as last loaded, and the ways
 * to wait. PostgreSQL decides every fact and every deadline; this only learns of them.
 */
export class AttemptRun {
  readonly attemptId: string;
  private loadedPlan: AttemptPlan | undefined;
  private loadedFacts: AttemptFacts | undefined;
  private published: { readonly since: AttemptFacts; readonly facts: AttemptFacts } | undefined;
  private bellRang = false;
  private alarm: { readonly at: Instant; fired: boolean; readonly scope: CancellationScope } | undefined;
  private readonly happened: string[] = [];
  private isShown = false;
  private shownExamVersion: string | undefined;
  private shownPhase: Phase | undefined;
  private shownDue: Instant | undefined;
  private shownOutcome: Outcome | null = null;
  private shownAppeal: AppealState | undefined;
  private waitsFor: Waiting | undefined;
  private needsAttention = false;
  /** For something that does not end before the attempt moves on. */
  private calledForGood = false;
  /** How often staff were called, and for what stands, how often when they were called for that. */
  private calls = 0;
  private readonly standingCalls = new Map<StandingCall, number>();
  /** Reminders sent, by submission and percentage. */
  readonly reminded = new Set<string>();
  /** Attempts begun before steps were told go on without. */
  private tellsSteps = false;
  private readonly background: Promise<unknown>[] = [];
  private lastTurn: Promise<unknown> = Promise.resolve();
  /** Staff's acts under way; a decision waits until they are through. */
  private actsUnderWay = 0;

  constructor(attemptId: string) {
    this.attemptId = attemptId;
    const { typedSearchAttributes: shown } = workflowInfo();
    this.shownExamVersion = shown.get(CertExamVersion);
    this.shownPhase = shown.get(CertPhase) as Phase | undefined;
    this.shownDue = shown.get(CertDueAt)?.getTime();
    setHandler(factsCommitted, () => this.ring(), { description: 'Something was committed for this attempt: load it' });
  }

  async begin(): Promise<void> {
    this.bellRang = false;
    const { plan, facts } = await this.inTurn(() => certification.begin(this.attemptId));
    this.loadedPlan = plan;
    this.loadedFacts = facts;
    // What the first load says of its build costs no events; `patched` does, and is asked for histories of before.
    this.tellsSteps = plan.tellsSteps ?? patched('candidates-told-of-steps');
  }

  get plan(): AttemptPlan {
    if (!this.loadedPlan) throw new TypeError('the plan is read before it is loaded');
    return this.loadedPlan;
  }

  get facts(): AttemptFacts {
    if (!this.loadedFacts) throw new TypeError('the facts are read before they are loaded');
    return this.loadedFacts;
  }

  /** Publishes, and keeps the facts that come back for `learnPublished`; what was regraded meanwhile is not published, and decided again. */
  publish(publishing: (asks: PublishingAsks) => Promise<PublishAnswer>): Promise<PublishResult>;
  publish(publishing: (asks: PublishingAsks) => Promise<PublishAnswer | Regraded>): Promise<PublishResult | Regraded>;
  async publish(publishing: (asks: PublishingAsks) => Promise<PublishAnswer | Regraded>): Promise<PublishResult | Regraded> {
    const since = this.facts;
    const answer = await publishing({ ...(this.plan.tellsByOutbox ? { tells: true } : {}), returnsFacts: true });
    if (typeof answer === 'string' || answer.result === 'regraded') return answer;
    this.published = { since, facts: answer.facts };
    return answer.result;
  }

  /** The facts as of the publication, which need no load where nothing else was loaded since; a pool of before brought none. */
  async learnPublished(): Promise<void> {
    const { published } = this;
    this.published = undefined;
    if (published?.since !== this.facts) return this.reload();
    this.learn(published.facts);
  }

  get loaded(): boolean {
    return this.loadedFacts !== undefined;
  }

  get phase(): Phase {
    return phaseOf(this.facts);
  }

  ring(): void {
    this.bellRang = true;
  }

  async reload(load: () => Promise<AttemptFacts> = () => certification.loadFacts(this.attemptId)): Promise<void> {
    this.bellRang = false;
    const facts = await this.inTurn(load);
    // After the wait: of two loads at once the second must not tell what the first told.
    this.learn(facts);
  }

  private learn(facts: AttemptFacts): void {
    const before = this.facts.accommodationPercent;
    this.loadedFacts = facts;
    const { accommodationPercent: percent, accommodatedAt = facts.asOf } = facts;
    if (before === undefined || percent === undefined || percent === before) return;
    // Told with the fact as well, under the same occasion: what was granted before the first load is news to nobody here.
    this.tell({ kind: 'accommodated', percent, at: new Date(accommodatedAt).toISOString() });
  }

  /**
   * What an activity of ours opened, `since` the facts of before it, needs no load. Where it does not say so, or other facts came
   * meanwhile, PostgreSQL is asked.
   */
  async learnOpened({ newlyOpened }: { newlyOpened?: NewlyOpened }, since: AttemptFacts): Promise<void> {
    if (newlyOpened === undefined || this.facts !== since) return this.reload();
    const { marks: _complete, ...facts } = since;
    const assignments = { ...facts.assignments, opened: facts.assignments.opened + newlyOpened.count };
    this.loadedFacts = { ...facts, asOf: newlyOpened.asOf, assignments };
  }

  /** Tells the candidate of a step; nothing waits for it. */
  tell(step: Step): void {
    if (!this.tellsSteps) return;
    const { attemptId } = this;
    // Of a deadline that is near they are told only while it is: a pool that comes late finds out.
    const byOutbox = this.plan.tellsByOutbox && step.kind !== 'deadline_near';
    const telling = byOutbox
      ? this.inTurn(() => certification.tell({ attemptId, tidings: { kind: 'step', step } }))
      : notification.notifyStep({ attemptId, step });
    this.inBackground('telling the candidate', telling);
  }

  /**
   * Runs local activities one after the other. Two at once, one of them an update handler's, may come back in another
   * order on replay than they did at first, which is a non-determinism error (docs/decisions/0002).
   */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.lastTurn.then(work);
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Waits until the facts hold what is looked for, and returns it; undefined once the attempt is settled otherwise.
   * When the deadline of the facts has come, `expire` asks PostgreSQL to act on it: too early there means that it was
   * extended, and the wait goes on to the new deadline.
   */
  async waitFor<Found>(step: {
    readonly fact: (facts: AttemptFacts) => Found | undefined;
    readonly waiting: (facts: AttemptFacts) => Waiting;
    readonly expire?: () => Promise<unknown>;
    /** Loads the facts once its time has come, where a plain load could miss one that is being committed. */
    readonly loadAtEnd?: () => Promise<AttemptFacts>;
    /** It is waited for though the attempt has its outcome. */
    readonly isOfSettled?: true;
    /** The candidate's window that this waits in: they are reminded of its end, and told when it moves. */
    readonly window?: Window;
  }): Promise<Found | undefined> {
    const watch = this.windowWatch(step.window);
    for (;;) {
      const found = step.fact(this.facts);
      if (found !== undefined) return found;
      if (this.facts.outcome !== null && !step.isOfSettled) return undefined;
      const waiting = step.waiting(this.facts);
      this.show(waiting);
      const reminderAt = watch(waiting.until);
      const alarm = reminderAt === undefined ? {} : { alarm: { at: reminderAt, summary: 'reminder to the candidate' } };
      const end = await this.bellOr({ ...waiting, ...alarm });
      if (end === 'due' && reminderAt === undefined && step.expire) await this.inTurn(step.expire);
      await this.reload(end === 'due' ? step.loadAtEnd : undefined);
    }
  }

  /** Tells the candidate of a window whatever there is to tell at each look at its end, and returns when to remind next. */
  private windowWatch(window: Window | undefined): (until: Instant) => Instant | undefined {
    if (window === undefined || !this.tellsSteps) return () => undefined;
    const { candidateReminderSeconds: given } = this.plan.policy;
    const reminders = createReminders(given?.[window] ?? CANDIDATE_REMINDER_SECONDS[window]);
    let before: Instant | undefined;
    return (until) => {
      const deadline = new Date(until).toISOString();
      if (before !== undefined && until > before) this.tell({ kind: 'deadline_moved', window, deadline });
      if (before !== undefined && until < before) this.tell({ kind: 'deadline_corrected', window, deadline });
      before = until;
      const { hasCome, next } = reminders.look({ until, asOf: this.facts.asOf });
      if (hasCome) this.tell({ kind: 'deadline_near', window, deadline });
      return next;
    };
  }

  /** Waits for the doorbell or until due, whichever is first. One timer serves all waits for the same instant. */
  private async bellOr({ for: summary, until, alarm: wanted = { at: until, summary } }: Waiting): Promise<'bell' | 'due'> {
    if (wanted === null) {
      this.disarm();
      await condition(() => this.bellRang);
      return 'bell';
    }
    const alarm = this.armed(wanted);
    await condition(() => this.bellRang || alarm.fired);
    return alarm.fired ? 'due' : 'bell';
  }

  private armed({ at, summary }: Alarm): { readonly fired: boolean } {
    if (this.alarm && this.alarm.at === at && !this.alarm.fired) return this.alarm;
    this.disarm();
    const scope = new CancellationScope();
    const alarm = { at, fired: false, scope };
    // Relative to PostgreSQL's clock, the only clock of deadlines.
    const milliseconds = Math.max(at - this.facts.asOf, 1);
    scope
      .run(() => sleep(milliseconds, { summary }))
      .then(
        () => {
          alarm.fired = true;
        },
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
        },
      );
    this.alarm = alarm;
    return alarm;
  }

  disarm(): void {
    if (this.alarm && !this.alarm.fired) this.alarm.scope.cancel();
    this.alarm = undefined;
  }

  /** Adds a line to what staff read in the Temporal UI. */
  note(line: string): void {
    const at = this.loadedFacts && new Date(this.loadedFacts.asOf).toISOString().slice(0, 16).replace('T', ' ');
    this.happened.push(at === undefined ? line : `${at} ${line}`);
  }

  /** Calls staff, until the attempt moves on. */
  callStaff(why: string): void {
    this.calledForGood = true;
    this.call(why);
  }

  private call(why: string): void {
    this.needsAttention = true;
    this.calls += 1;
    this.note(`**needs attention:** ${why}`);
    upsertSearchAttributes([{ key: CertNeedsAttention, value: true }]);
    if (this.isShown) this.showDetails();
  }

  /** Brings the search attributes and current details up to date; attributes are written only when they change. */
  show(waiting: Waiting | undefined): void {
    const { phase, plan } = this;
    const due = waiting?.until;
    if (phase !== this.shownPhase || due !== this.shownDue) {
      const movedOn = this.needsAttention && this.isShown && phase !== this.shownPhase;
      upsertSearchAttributes([
        ...(plan.examVersion === this.shownExamVersion ? [] : [{ key: CertExamVersion, value: plan.examVersion }]),
        ...(phase === this.shownPhase ? [] : [{ key: CertPhase, value: phase }]),
        ...(due === this.shownDue ? [] : [{ key: CertDueAt, value: due === undefined ? null : new Date(due) }]),
        ...(movedOn ? [{ key: CertNeedsAttention, value: false }] : []),
        ...this.outcomeToShow(),
      ]);
      if (movedOn) this.needsAttention = this.calledForGood = false;
      if (phase !== this.shownPhase) this.standingCalls.clear();
      this.shownExamVersion = plan.examVersion;
      this.shownPhase = phase;
      this.shownDue = due;
    }
    this.isShown = true;
    this.waitsFor = waiting;
    this.heedAppeal();
    this.heedAssignments();
    this.heedFile();
    this.heedClaims();
    this.showDetails();
  }

  /** An appeal may take the outcome back. */
  private outcomeToShow() {
    const { outcome } = this.facts;
    const isShown = this.shownOutcome !== null;
    this.shownOutcome = outcome;
    return outcome === null && !isShown ? [] : [{ key: CertOutcome, value: outcome }];
  }

  private heedAppeal(): void {
    const { appeal } = this.facts;
    if (appeal === undefined || appeal.state === this.shownAppeal) return;
    this.shownAppeal = appeal.state;
    upsertSearchAttributes([{ key: CertAppeal, value: appeal.state }]);
  }

  private heedAssignments(): void {
    const { unstaffed = 0, unstaffedBecause, held = 0 } = isUnderWay(this.facts) ? this.facts.assignments : {};
    const because = unstaffedBecause ? ` (${shortageInWords(unstaffedBecause)})` : '';
    this.heed('unstaffed', unstaffed > 0, {
      why: `nobody is left who could take ${unstaffed} of its assignments${because}: find another grader, designated for an adjudication`,
      over: 'somebody is there again who can mark',
    });
    this.heed('held', held > 0, {
      why: 'a grader cannot read the file: look at it, and dismiss that, or reopen the case study for another file',
      over: 'what was held back for its file goes to graders again',
    });
  }

  private heedFile(): void {
    const { outcome, sittings } = this.facts;
    this.heed('not_replaced', outcome === null && sittings.case_study?.fileNotReplaced === true, {
      why: 'no other file came in the place of the one that a grader could not read: the same goes to graders again. Look at it, and reopen the case study or withdraw the attempt if nobody can read it',
      over: 'another file came',
    });
  }

  private heedClaims(): void {
    const { claims = 0 } = isUnderWay(this.facts) ? this.facts : {};
    this.heed('claimed', claims > 0, {
      why: 'an act that was typed in the Temporal UI is not done yet: somebody else of staff confirms or dismisses it through the API',
      over: 'no act waits to be confirmed any more',
    });
  }

  /** Calls staff while it is so. Once it is over that call is, and any other stands. */
  private heed(what: StandingCall, isSo: boolean, { why, over }: { why: string; over: string }): void {
    if (isSo === this.standingCalls.has(what)) return;
    if (isSo) this.beginCall(what, why);
    else this.endCall(what, over);
  }

  beginCall(what: StandingCall, why: string): void {
    const isFirst = !this.needsAttention;
    this.call(why);
    this.standingCalls.set(what, isFirst ? this.calls : 0);
  }

  endCall(what: StandingCall, over: string): void {
    this.note(over);
    const wasTheOnlyOne = this.standingCalls.get(what) === this.calls;
    this.standingCalls.delete(what);
    const isTheLast = !this.calledForGood && this.standingCalls.size === 0;
    if (!wasTheOnlyOne && !(isTheLast && patched(CALLS_END))) return;
    this.needsAttention = false;
    upsertSearchAttributes([{ key: CertNeedsAttention, value: false }]);
  }

  /** What staff were called for is over, though the attempt stands where it stood. */
  endCalls(): void {
    this.calledForGood = false;
    this.standingCalls.clear();
    if (!this.needsAttention) return;
    this.needsAttention = false;
    upsertSearchAttributes([{ key: CertNeedsAttention, value: false }]);
  }

  private showDetails(): void {
    const { phase, facts, plan, waitsFor: waiting, happened, needsAttention } = this;
    setCurrentDetails(renderDetails({ phase, facts, plan, waiting, happened, needsAttention }));
  }

  /** Something that must happen but that nobody waits for; the workflow stays open until it is through, or staff are called. */
  inBackground(what: string, work: Promise<unknown>): void {
    this.background.push(work.catch(() => this.callStaff(`${what} failed for good; nothing else waits for it`)));
  }

  async backgroundDone(): Promise<void> {
    await Promise.all(this.background);
  }

  /** Runs an act of staff and rings, so that the story goes on from what it committed. */
  async act<Result>(work: () => Promise<Result>): Promise<Result> {
    this.actsUnderWay += 1;
    try {
      return await this.inTurn(work);
    } finally {
      this.actsUnderWay -= 1;
      this.ring();
    }
  }

  /** Lets staff's acts finish; true when one of them, or a fact, came in between. */
  async quiet(): Promise<boolean> {
    await condition(() => this.actsUnderWay === 0);
    return this.bellRang;
  }
}
