import { describe, expect, it } from 'vitest';
import { schemasDirectory, schemasIn } from '../schemas/assemble.ts';
import { areAssembled } from '../../../test/support/tools.ts';
import { readScalers, triggerProblems, type Scalers, type Trigger } from './keda-triggers.ts';

const isReady = await areAssembled();

/** As the chart writes it. */
const temporal = {
  endpoint: 'temporal-frontend.temporal:7233',
  namespace: 'certifiable',
  taskQueue: 'grading-auto',
  queueTypes: 'activity',
  targetQueueSize: '5',
} as const;

describe.skipIf(!isReady)("metadata of KEDA's triggers (needs the schemas of npm run check:deploy)", async () => {
  const scalers: Scalers = isReady ? await readScalers(schemasIn(schemasDirectory()).kedaScalers) : new Map();
  const problemsOf = (trigger: Trigger, isTemplate = false) => triggerProblems({ trigger, scalers, isTemplate });

  it('takes what the scaler takes, and what comes by an authentication', () => {
    expect(problemsOf({ type: 'temporal', metadata: temporal })).toEqual([]);
    expect(problemsOf({ type: 'temporal', metadata: { ...temporal, queueTypes: 'workflow,activity' } })).toEqual([]);
    expect(problemsOf({ type: 'prometheus', metadata: { serverAddress: 'http://prometheus:9090', query: 'up', threshold: '1' } })).toEqual([]);
  });

  it.each<[string, Trigger, string]>([
    ['a key that no scaler takes', { type: 'temporal', metadata: { ...temporal, queueType: 'activity' } }, 'temporal: queueType is not taken there'],
    ['a deprecated key', { type: 'temporal', metadata: { ...temporal, selectAllActive: 'true' } }, 'temporal: selectAllActive is deprecated'],
    ['a secret in plain metadata', { type: 'temporal', metadata: { ...temporal, apiKey: 'secret' } }, 'temporal: apiKey is not taken there'],
    [
      'a number, which KEDA refuses',
      { type: 'temporal', metadata: { ...temporal, targetQueueSize: 5 } },
      'temporal: targetQueueSize must be a string',
    ],
    [
      'an unknown kind of task queue',
      { type: 'temporal', metadata: { ...temporal, queueTypes: 'activities' } },
      'must be one of workflow, activity, nexus',
    ],
    ['a template’s empty value outside a template', { type: 'temporal', metadata: { ...temporal, namespace: '' } }, 'temporal: namespace is empty'],
    ['a trigger of a type that is none', { type: 'temporalio', metadata: temporal }, 'there is no trigger of type temporalio'],
  ])('refuses %s', (_, trigger, complaint) => {
    const problems = problemsOf(trigger);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(complaint);
  });

  it('names every key that is missing, and queueTypes, whose default nobody agrees on', () => {
    const { queueTypes: _types, endpoint: _endpoint, ...rest } = temporal;
    expect(problemsOf({ type: 'temporal', metadata: rest })).toEqual(['temporal: endpoint is missing', 'temporal: queueTypes is missing']);
  });

  it('leaves to the Worker Controller what it fills in, and nothing else', () => {
    const template = { ...temporal, namespace: '', workerDeploymentName: '', workerDeploymentBuildId: '' };
    expect(problemsOf({ type: 'temporal', metadata: template }, true)).toEqual([]);
    expect(problemsOf({ type: 'temporal', metadata: { ...template, taskQueue: '' } }, true)).toEqual(['temporal: taskQueue is empty']);
  });
});
