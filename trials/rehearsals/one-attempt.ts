import { setTimeout as pause } from 'node:timers/promises';
import type { Phase } from '../../domain/attempt.ts';
import type { Cast } from '../people/cast.ts';
import { toMarkIn, type ApiClient } from '../people/client.ts';
import { answerWorth, examIdOf, loadExam } from '../load/exams.ts';

/** One candidate from registration to the certificate over the API, each part by a person of their own. */

const POLL_MILLISECONDS = 100;
const PATIENCE_SECONDS = 120;
const ITEMS = ['c1', 'c2', 't1', 't2'];

export type OneAttempt = {
  readonly cast: Cast;
  /** What goes on a certificate; nowhere else. */
  readonly name?: string;
  /** Waited for while the marks of the aptitude test are owed: the time to break something. */
  readonly whileGraded?: () => Promise<void>;
  /** Before each submission, so that the workflow has heard of all before; at once if not given. */
  readonly thinkMilliseconds?: number;
  readonly signal: AbortSignal;
};

export async function publishOneExam(cast: Cast): Promise<void> {
  await cast({ subject: 'one-dana', name: 'Dana', roles: ['grader', 'designated'] }).publishExam(loadExam('exam-day'));
}

/** Returns the ids of the attempt and of its certificate. The exam is published before. */
export async function playOneAttempt({ cast, name = 'Ada Example', whileGraded, thinkMilliseconds = 0, signal }: OneAttempt) {
  const think = () => pause(thinkMilliseconds, undefined, { signal });
  const ada = cast({ subject: 'one-ada', name, roles: ['candidate'] });
  const { id: attemptId } = await ada.register(examIdOf('exam-day'));
  await ada.startAptitudeTest(attemptId);
  for (const itemId of ITEMS) await ada.saveResponse(attemptId, itemId, { value: answerWorth(itemId, 5), sequence: 1 });
  await think();
  await ada.submitAptitudeTest(attemptId);
  await whileGraded?.();
  for (const grader of ['one-gil', 'one-guy']) await markNext(cast({ subject: grader, name: 'G', roles: ['grader'] }), signal);
  await untilPhase(ada, { attemptId, phase: 'case_study_offered', signal });

  await ada.downloadCaseStudy(attemptId);
  await ada.upload(attemptId, { name: 'design.md', mediaType: 'text/markdown', content: '# My design\n' });
  await think();
  await ada.submitCaseStudy(attemptId);
  for (const grader of ['one-gus', 'one-gwen']) await markNext(cast({ subject: grader, name: 'G', roles: ['grader'] }), signal);
  await untilPhase(ada, { attemptId, phase: 'certified', signal });
  await ada.certificatePdf(attemptId);
  return { attemptId, certificate: await ada.certificate(attemptId) };
}

async function markNext(grader: ApiClient, signal: AbortSignal): Promise<void> {
  const assignment = await patiently('an assignment to claim', signal, () => grader.claim());
  const marks = toMarkIn(assignment).map(({ itemId, pointsMax }) => ({ itemId, points: pointsMax, reason: 'All of it is there.' }));
  await grader.complete(assignment.id, { fencingToken: assignment.fencingToken, marks });
}

function untilPhase(api: ApiClient, { attemptId, phase, signal }: { attemptId: string; phase: Phase; signal: AbortSignal }): Promise<true> {
  return patiently(phase, signal, async () => ((await api.attempt(attemptId)).phase === phase ? true : undefined));
}

async function patiently<Found>(what: string, signal: AbortSignal, look: () => Promise<Found | undefined>): Promise<Found> {
  const giveUpAt = Date.now() + PATIENCE_SECONDS * 1000;
  while (Date.now() < giveUpAt) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(POLL_MILLISECONDS, undefined, { signal });
  }
  throw new Error(`waited ${PATIENCE_SECONDS} s for ${what}`);
}
