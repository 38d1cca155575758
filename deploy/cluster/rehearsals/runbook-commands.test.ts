import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { planOf, runbookCommands } from './runbook-commands.ts';

const commands = await runbookCommands(fileURLToPath(new URL('../../..', import.meta.url)));
const names = { buildId: 'a1b2c3d4e5f6', pod: 'publication-1', job: 'promote-a1b2c3d4e5f6-1' };

it('finds what runbooks tell people to type, in blocks and in sentences', () => {
  expect(commands.length).toBeGreaterThan(20);
  expect(commands).toContainEqual({ file: 'docs/runbooks/rotated-keys.md', command: 'kubectl -n certifiable rollout restart deploy' });
  expect(commands).toContainEqual({
    file: 'deploy/helm/certifiable/README.md',
    command: 'kubectl -n certifiable exec deploy/delivery -- certifiable deployment versions',
  });
});

it.each(commands)('$file: $command is run on the cluster, or left out for a reason', ({ command }) => {
  const plan = planOf(command, names);
  expect('run' in plan ? plan.run : plan.leftOut).not.toBe('');
});

it('refuses a command with a name that nobody has put in', () => {
  expect(() => planOf('kubectl -n certifiable logs SOMETHING', names)).toThrow(/nobody has said what to put into/);
});

it('does not take pools away from people', () => {
  expect(planOf('kubectl -n certifiable scale deploy --all --replicas=0', names)).toEqual({
    run: 'kubectl -n certifiable scale deploy --all --replicas=0 --dry-run=server',
  });
});
