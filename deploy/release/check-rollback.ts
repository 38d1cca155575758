import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { readArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { releaseOf } from './environment-file.ts';
import { environmentFile } from './environments.ts';
import { contractionsIn } from './migrations.ts';
import { run } from './run.ts';

/**
 * `node deploy/release/check-rollback.ts --environment NAME --commit OLDER`: fails if the database of what the environment runs has a
 * migration that the older release may not get along with, or if that is not older at all.
 */
const MIGRATIONS = 'prisma/migrations';

await runCommand(async () => {
  const { environment, commit: to } = readArguments(['environment', 'commit']);
  const { buildId: from } = releaseOf(await readFile(environmentFile(environment), 'utf8'));
  await run('git', ['merge-base', '--is-ancestor', to, from]).catch(() => {
    throw new Error(`${to} is not an ancestor of ${from}: only an older release of the same line can be rolled back to`);
  });
  const known = new Set(await migrationsAt(to));
  const since = (await migrationsAt(from)).filter((migration) => !known.has(migration));
  const problems: string[] = [];
  for (const migration of since) {
    const { stdout } = await run('git', ['show', `${from}:${migration}`]);
    problems.push(...contractionsIn(stdout).map(({ statement, why }) => `${basename(dirname(migration))}: ${why}: ${statement}`));
  }
  if (problems.length > 0) throw new Error(`The older release does not fit the database any more; fix forward instead.\n${problems.join('\n')}`);
  console.log(`${since.length} migrations since ${to}, all of which it gets along with`);
});

async function migrationsAt(commit: string): Promise<string[]> {
  const { stdout } = await run('git', ['ls-tree', '-r', '--name-only', commit, '--', MIGRATIONS]);
  return stdout.split('\n').filter((path) => path.endsWith('.sql'));
}
