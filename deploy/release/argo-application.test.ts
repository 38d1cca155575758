import { expect, it } from 'vitest';
import { progressOf, type Application } from './argo-application.ts';

const BUILD = '0123456789ab';
const application = (status: Application['status']): Application => ({ status: { ...good, ...status } });
const good = {
  sync: { status: 'Synced', revisions: [`${BUILD}${'0'.repeat(28)}`, 'main'] },
  health: { status: 'Healthy' },
  operationState: { phase: 'Succeeded', syncResult: { revisions: [`${BUILD}${'0'.repeat(28)}`, 'main'] } },
} as const;
const { syncResult } = good.operationState;

it('is done when the build is synchronised and healthy', () => {
  expect(progressOf({ status: good }, BUILD)).toBe('done');
});

it.each<[string, Application]>([
  ['nothing is known yet', {}],
  ['the build before still runs, healthy as it is', application({ sync: { status: 'Synced', revisions: ['f'.repeat(40)] } })],
  [
    'the build before is degraded, which is why it is replaced',
    application({ sync: { status: 'Synced', revisions: ['f'.repeat(40)] }, health: { status: 'Degraded' } }),
  ],
  ['a canary goes on', application({ health: { status: 'Progressing' } })],
  ['a canary pauses', application({ health: { status: 'Suspended' } })],
  ['the synchronisation goes on', application({ operationState: { phase: 'Running', syncResult } })],
  [
    'the failed synchronisation that is gone back from is the last one there was',
    application({ health: { status: 'Degraded' }, operationState: { phase: 'Failed', syncResult: { revisions: ['f'.repeat(40)] } } }),
  ],
  ['an aborted canary is being replaced', application({ health: { status: 'Degraded' }, operationState: { phase: 'Running', syncResult } })],
])('waits while %s', (_, state) => {
  expect(progressOf(state, BUILD)).toBe('waiting');
});

it.each<[string, Application, string]>([
  ['the migration failed', application({ operationState: { phase: 'Failed', message: 'Job migrate failed', syncResult } }), 'Job migrate failed'],
  ['the canary was aborted', application({ health: { status: 'Degraded' } }), 'degraded'],
])('fails when %s', (_, state, why) => {
  expect(progressOf(state, BUILD)).toEqual({ failed: expect.stringContaining(why) });
});
