import { DBOS } from '@dbos-inc/dbos-sdk';
import type { CertificationActivities } from '../../../activities/certification/activities.ts';
import type { GradingAutoActivities } from '../../../activities/grading-auto/activities.ts';
import type { GradingHumanActivities } from '../../../activities/grading-human/activities.ts';
import type { PublicationActivities } from '../../../activities/publication/activities.ts';
import { marksOf, promisedAt, type AttemptFacts, type Instant } from '../../../domain/attempt.ts';
import { TESTS, type Test } from '../../../domain/exam.ts';
import { decide, hasMachinePart, markingSeats } from '../../../domain/grading.ts';
import { reconcile } from '../../../domain/reconciliation.ts';
import type { AttemptResult } from '../../../workflows/messages.ts';
import { bell } from './attempt.ts';

type Activities = Pick<CertificationActivities, 'begin' | 'loadFacts'> &
  Pick<GradingAutoActivities, 'gradeChoices'> &
  Pick<GradingHumanActivities, 'openAssignments'> &
  Pick<PublicationActivities, 'publishGraded'>;

/**
 * Our activities in the order of our workflow, on DBOS: each a step whose result is written down, each wait a message under a time-out. Of an attempt whose
 * candidate is in time, marked twice without a dispute; what else may happen to one, and what staff see of it, are not there.
 */
export function createWorkflow(activities: Activities): (attemptId: string) => Promise<AttemptResult> {
  const step = <Result>(name: keyof Activities, run: () => Promise<Result>): Promise<Result> => DBOS.runStep(run, { name });

  return async (attemptId) => {
    const { plan, facts: first } = await step('begin', () => activities.begin(attemptId));
    let facts = first;

    async function fact<Found>(found: (facts: AttemptFacts) => Found | null | undefined, until: (facts: AttemptFacts) => Instant): Promise<Found> {
      for (;;) {
        const what = found(facts);
        if (what !== null && what !== undefined) return what;
        await bell((until(facts) - facts.asOf) / 1000);
        facts = await step('loadFacts', () => activities.loadFacts(attemptId));
      }
    }

    async function grade(test: Test): Promise<boolean> {
      const { submissionId, round, frozenAt } = await fact(
        ({ sittings }) => {
          const { submissionId = null, round = 0, frozenAt = null } = sittings[test] ?? {};
          return submissionId === null || frozenAt === null ? undefined : { submissionId, round, frozenAt };
        },
        ({ sittings, asOf }) => sittings[test]?.deadline ?? asOf,
      );
      const dueAt = promisedAt(plan.policy, test, frozenAt);
      const machine = hasMachinePart(test, plan) ? await step('gradeChoices', () => activities.gradeChoices({ submissionId })) : [];
      const human = await step('openAssignments', () =>
        activities.openAssignments({ submissionId, purpose: 'mark', seats: markingSeats(plan.policy), dueAt }),
      );
      const { newlyOpened = { count: 0, asOf: facts.asOf } } = human;
      facts = { ...facts, assignments: { ...facts.assignments, opened: facts.assignments.opened + newlyOpened.count }, asOf: newlyOpened.asOf };
      const marks = await fact(
        (now) => (now.assignments.completed === now.assignments.opened ? marksOf(now, submissionId) : undefined),
        () => dueAt,
      );
      const { settled, disputes } = reconcile(human.markables, marks, plan.policy);
      if (disputes.length > 0) throw new TypeError('the marks of this benchmark agree');
      const decision = { attemptId, test, round, submissionId, ...decide([...machine, ...human.blanks, ...settled], plan.policy) };
      const published = await step('publishGraded', () => activities.publishGraded({ ...decision, tells: true, followsRegrades: true }));
      if (published.result !== 'published') throw new TypeError('nobody reopens an attempt of this benchmark');
      facts = published.facts;
      return decision.passed;
    }

    for (const test of TESTS) {
      await fact(
        ({ sittings }) => sittings[test],
        ({ startBy, downloadBy }) => downloadBy ?? startBy,
      );
      if (!(await grade(test))) break;
    }
    if (facts.outcome === null) throw new TypeError('an attempt closes only once it is settled');
    return { outcome: facts.outcome };
  };
}
