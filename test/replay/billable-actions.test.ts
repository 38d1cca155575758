import { expect, it } from 'vitest';
import { billableActions } from '../../trials/benchmarks/pipeline-actions.ts';
import { readHistories } from './fixtures.ts';

it('what Temporal Cloud bills of an attempt is counted from its history, local activities once a workflow task', async () => {
  const history = (await readHistories()).get('certified-from-a-start-that-says-where-it-stands');
  expect(billableActions(history?.events ?? [])).toEqual({
    workflows: 1,
    signals: 6,
    updates: 0,
    timers: 6,
    upserts: 6,
    activities: 5,
    localActivities: 7,
    all: 31,
  });
});

it('each try of an activity is billed', () => {
  const tried = { activityTaskStartedEventAttributes: { attempt: 3 } };
  expect(billableActions([tried]).activities).toBe(3);
});
