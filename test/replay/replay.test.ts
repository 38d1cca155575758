import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changedCode, WORKFLOW_FOLDERS } from '../../trials/rehearsals/changed-code.ts';
import { workflowBundle } from '../../local/bundle.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { CORRECTION_SHAPES } from '../support/correction-shapes.ts';
import { REGRADE_SHAPES } from '../support/regrade-shapes.ts';
import { REVIEW_SHAPES } from '../support/review-shapes.ts';
import { SHAPES } from '../support/shapes.ts';
import { readHistories, type History } from './fixtures.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mutantDirectory = `${root}/build/replay-mutant`;

let histories: ReadonlyMap<string, History>;

beforeAll(async () => {
  installQuietRuntime();
  histories = await readHistories();
});

afterAll(() => rm(mutantDirectory, { recursive: true, force: true }));

/** The shapes whose history the workflow code does not follow any more. */
async function broken(workflowBundle: WorkflowBundleWithSourceMap): Promise<string[]> {
  const failed: string[] = [];
  const named = [...histories].map(([workflowId, history]) => ({ workflowId, history }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, named)) if (error) failed.push(workflowId);
  return failed.sort();
}

describe('the recorded histories', () => {
  it('are followed by the workflow code as it is', async () => {
    expect(await broken(await workflowBundle())).toEqual([]);
  });

  it('are one a shape', () => {
    expect([...histories.keys()].sort()).toEqual(
      [...SHAPES, ...CORRECTION_SHAPES, ...REVIEW_SHAPES, ...REGRADE_SHAPES].map((shape) => shape.name).sort(),
    );
  });

  it('are each whole: started, loaded by local activities, and ended', () => {
    for (const { name } of SHAPES) {
      const events = histories.get(name)?.events ?? [];
      expect(events[0]?.workflowExecutionStartedEventAttributes).toBeTruthy();
      expect(events.filter((event) => event.markerRecordedEventAttributes).length).toBeGreaterThan(1);
      expect(events.at(-1)?.workflowExecutionCompletedEventAttributes).toBeTruthy();
    }
  });

  // A fixture that no change could break would prove nothing.
  it.each([
    [
      'one more timer at the start',
      'certification-attempt.ts',
      '  await attempt.begin();',
      '  await attempt.begin();\n  await sleep(1);',
      () => SHAPES.map((shape) => shape.name),
    ],
    [
      'the holder not told of a suspension',
      'certificate-correction.ts',
      "notification.notifyCertificate({ correctionId, certificateId, change: 'suspended' })",
      'Promise.resolve()',
      () => CORRECTION_SHAPES.filter((shape) => shape.resolution !== null).map((shape) => shape.name),
    ],
    ['a better marking model not followed', 'marking-review.ts', '() => reporting.followBetterModel(review), ', '', () => ['marking-reviewed']],
    [
      'a report not made',
      'weekly-reports.ts',
      'tell(await reporting.reportItems({ ...run, examVersionId }))',
      'tell({ words: [examVersionId] })',
      () => ['reports-made', 'reports-of-periods-made'],
    ],
    [
      'a period not reported',
      'weekly-reports.ts',
      'tell(await reporting.reportPeriod(period))',
      'tell({ words: [period.occasion] })',
      () => ['reports-of-periods-made'],
    ],
    [
      'a kind of data kept for ever',
      'retention.ts',
      'await retaining.orderWhatIsOver({ kind, ...(after === undefined ? {} : { after }) })',
      '{ ordered: 0, stopped: 0, next: undefined }',
      () => ['retention-gone-through'],
    ],
    [
      'a regrade that never ends',
      'item-regrade.ts',
      'await regrading.finishRegrade({ regradeId });',
      '',
      () => REGRADE_SHAPES.map((shape) => shape.name),
    ],
    ['the result published before the feedback', 'grading.ts', 'await feedback.composeFeedback(decision);', '', () => graded('composeFeedback')],
    [
      'the result published without feedback',
      'grading.ts',
      'publication.publishGraded(',
      'publication.publishDecision(',
      () => graded('publishGraded'),
    ],
    [
      'where it stands shown again though its start said so',
      'attempt-run.ts',
      'this.shownDue = shown.get(CertDueAt)?.getTime();',
      '',
      () => ['certified-from-a-start-that-says-where-it-stands'],
    ],
    [
      'no alarm for any deadline',
      'attempt-run.ts',
      '.run(() => sleep(milliseconds, { summary }))',
      '.run(() => condition(() => false))',
      () => SHAPES.map((shape) => shape.name),
    ],
  ])('would show %s', async (_what, file, original, changed, expected) => {
    const changes = [{ file: `workflows/${file}`, original, changed }];
    const mutant = await changedCode({ name: 'replay-mutant', folders: WORKFLOW_FOLDERS, changes });
    expect(await broken(await workflowBundle(mutant))).toEqual([...expected()].sort());
  });

  /** The shapes in which a submission came to a decision, by that activity. */
  function graded(activity: string): string[] {
    return [...histories]
      .filter(([, history]) => history.events?.some((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity))
      .map(([name]) => name);
  }
});
