import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '../../local/stack.ts';
import { createCast } from '../people/cast.ts';
import { toMarkIn, type ApiClient, type Assignment, type Submission } from '../people/client.ts';

/** Attempts for a rehearsal, taken over the API to where they are to stand when something happens. */

export type Stage = 'registered' | 'writing' | 'submitted' | 'half_marked' | 'offered' | 'designing' | 'handed_in' | 'certified';

/** What a candidate keeps of a submission. */
export type Receipt = { readonly attempt: Attempt; readonly submissionId: string; readonly contentHash: string; readonly receipt: string };

type Attempt = { readonly attemptId: string; readonly api: ApiClient };

export type RehearsalPlay = Awaited<ReturnType<typeof createRehearsalPlay>>;

const EXAM = {
  examId: 'rehearsal',
  version: 1,
  title: 'Rehearsal',
  policy: { marking: 'double' },
  aptitudeTest: { items: [{ id: 't1', type: 'text', prompt: 'Explain', points: 5, modelAnswer: 'So' }] },
  caseStudies: [{ id: 'one', title: 'One', brief: 'Design it', rubric: [{ id: 'k1', title: 'All', description: 'All of it', points: 10 }] }],
};

const WAIT_SECONDS = 60;

export async function createRehearsalPlay(stack: Stack, signal: AbortSignal) {
  const cast = createCast({ apiUrl: stack.apiUrl, issuerUrl: stack.issuerUrl, signal });
  const staff = cast({ subject: 'rehearsal-staff', name: 'Staff', roles: ['staff'] });
  await cast({ subject: 'rehearsal-dana', name: 'Dana', roles: ['grader', 'designated'] }).publishExam(EXAM);
  const receipts: Receipt[] = [];
  const attempts: Attempt[] = [];
  let people = 0;

  async function register(): Promise<Attempt> {
    people += 1;
    const api = cast({ subject: `rehearsal-candidate-${people}`, name: `Candidate ${people}`, roles: ['candidate'] });
    const attempt = { attemptId: (await api.register(EXAM.examId)).id, api };
    attempts.push(attempt);
    return attempt;
  }

  function keep(attempt: Attempt, { submissionId, contentHash, receipt }: Submission): void {
    receipts.push({ attempt, submissionId, contentHash, receipt });
  }

  async function writeAndSubmit(attempt: Attempt): Promise<void> {
    await attempt.api.startAptitudeTest(attempt.attemptId);
    await attempt.api.saveResponse(attempt.attemptId, 't1', { value: `an answer to ${attempt.attemptId}`, sequence: 1 });
    keep(attempt, await attempt.api.submitAptitudeTest(attempt.attemptId));
  }

  async function handIn(attempt: Attempt): Promise<void> {
    await attempt.api.upload(attempt.attemptId, { name: 'mine.md', mediaType: 'text/markdown', content: `a design by ${attempt.attemptId}` });
    keep(attempt, await attempt.api.submitCaseStudy(attempt.attemptId));
  }

  /** Full marks by fresh graders, until the attempt moves on or so many are given. What they claim of others they give back. */
  async function mark({ attemptId, api }: Attempt, timesMax = Infinity): Promise<void> {
    const { phase } = await api.attempt(attemptId);
    const others: { grader: ApiClient; assignment: Assignment }[] = [];
    const giveUpAt = Date.now() + WAIT_SECONDS * 1000;
    for (let given = 0; given < timesMax && (await api.attempt(attemptId)).phase === phase;) {
      people += 1;
      const grader = cast({ subject: `rehearsal-grader-${people}`, name: `Grader ${people}`, roles: ['grader'] });
      const assignment = await grader.claim();
      if (!assignment) {
        if (Date.now() > giveUpAt) throw new Error(`there is nothing to mark of attempt ${attemptId}`);
        await pause(100, undefined, { signal });
      } else if ((await staff.attemptOfAssignment(assignment.id)).attemptId === attemptId) {
        const marks = toMarkIn(assignment).map(({ itemId, pointsMax }) => ({ itemId, points: pointsMax, reason: '' }));
        await grader.complete(assignment.id, { fencingToken: assignment.fencingToken, marks });
        given += 1;
      } else {
        others.push({ grader, assignment });
      }
    }
    for (const { grader, assignment } of others) await grader.release(assignment.id, assignment.fencingToken);
  }

  /** From wherever it stands to its certificate. */
  async function finishOne(attempt: Attempt): Promise<void> {
    for (;;) {
      const { phase } = await attempt.api.attempt(attempt.attemptId);
      switch (phase) {
        case 'registered':
        case 'aptitude_test':
          await writeAndSubmit(attempt);
          break;
        case 'aptitude_grading':
        case 'case_study_grading':
          await mark(attempt);
          break;
        case 'case_study_offered':
          await attempt.api.downloadCaseStudy(attempt.attemptId);
          break;
        case 'case_study':
          await handIn(attempt);
          break;
        case 'certified':
          return;
        case 'failed':
        case 'lapsed':
        case 'withdrawn':
          throw new Error(`attempt ${attempt.attemptId} ended ${phase}`);
      }
    }
  }

  return {
    receipts: receipts as readonly Receipt[],
    attempts: attempts as readonly Attempt[],

    /** A new attempt, up to this stage. */
    async upTo(stage: Stage): Promise<void> {
      const attempt = await register();
      if (stage === 'registered') return;
      if (stage === 'writing') {
        await attempt.api.startAptitudeTest(attempt.attemptId);
        return;
      }
      if (stage === 'certified') return finishOne(attempt);
      await writeAndSubmit(attempt);
      if (stage === 'submitted') return;
      await mark(attempt, stage === 'half_marked' ? 1 : Infinity);
      if (stage === 'half_marked') return;
      if (stage === 'offered') return;
      await attempt.api.downloadCaseStudy(attempt.attemptId);
      if (stage === 'handed_in') await handIn(attempt);
    },

    /** Somebody who begins a test, writes something and withdraws: nobody has to wait for anything before they are erased. */
    async withdrawn(name: string): Promise<{ readonly subject: string }> {
      const subject = 'rehearsal-withdrawn';
      const api = cast({ subject, name, roles: ['candidate'] });
      const { id } = await api.register(EXAM.examId);
      await api.startAptitudeTest(id);
      await api.saveResponse(id, 't1', { value: `an answer of ${name}`, sequence: 1 });
      await api.withdraw(id);
      return { subject };
    },

    /** By two persons of staff. */
    async erase(candidateId: string): Promise<void> {
      const second = cast({ subject: 'rehearsal-second', name: 'Second', roles: ['staff'] });
      await second.confirmAct(await staff.orderErasure(candidateId, 'they asked to be erased'));
    },

    /** Whether the API has the submission, with the same receipt and hash. */
    async isThere({ attempt, submissionId, contentHash, receipt }: Receipt): Promise<boolean> {
      const submissions = await attempt.api.submissions(attempt.attemptId).catch(() => []);
      return submissions.some((found) => found.submissionId === submissionId && found.contentHash === contentHash && found.receipt === receipt);
    },

    async finish(all: readonly Attempt[]): Promise<void> {
      for (const attempt of all) await finishOne(attempt);
    },
  };
}
