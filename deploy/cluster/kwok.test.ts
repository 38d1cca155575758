import { expect, it } from 'vitest';
import { readyAfter } from './kwok.ts';

/** As far as it matters, the stage that KWOK ships. */
const STAGE = `
kind: Stage
spec:
  resourceRef: { apiGroup: v1, kind: Pod }
  selector:
    matchExpressions:
      - { key: .metadata.deletionTimestamp, operator: DoesNotExist }
      - { key: .status.phase, operator: In, values: [Pending] }
      - { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: NotIn, values: ['True'] }
  next: { statusTemplate: 'phase: Running' }
`;

it('has a pod ready after a while, and again where its node was taken for lost for a moment', () => {
  const { spec } = readyAfter(STAGE, 5);
  expect(spec).toMatchObject({ resourceRef: { kind: 'Pod' }, delay: { durationMilliseconds: 5000 }, next: { statusTemplate: 'phase: Running' } });
  const [deleted, phase, ready] = spec.selector.matchExpressions;
  expect(phase).toEqual({ key: '.status.phase', operator: 'In', values: ['Pending', 'Running'] });
  expect([deleted?.operator, ready?.operator]).toEqual(['DoesNotExist', 'NotIn']);
});
