import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const ROOMS = 'platform,activities,api,cli,local,store,workers,workflows,publication,prisma';
const MADE = /\bnew (?:Workflow|Schedule)?Client\(|\bWorker\.(?:create|runReplayHistory|runReplayHistories)\(/g;

/** Speaks to a server of its own, before anything is in it. */
const OF_NO_WORKFLOW = ['local/temporal.ts', 'local/temporal-download.ts'];

it('whoever makes a client, a worker or a replay of Temporal says how its payloads are read and written', () => {
  const files = globSync(`{${ROOMS}}/**/*.ts`, { cwd: repository }).filter((file) => !file.endsWith('.test.ts') && !OF_NO_WORKFLOW.includes(file));
  const made = files.flatMap((file) => {
    const text = readFileSync(`${repository}/${file}`, 'utf8');
    return [...text.matchAll(MADE)].map(() => ({ file, says: text.includes('dataConverter') }));
  });
  expect(made.length).toBeGreaterThanOrEqual(3);
  expect(made.filter(({ says }) => !says)).toEqual([]);
});
