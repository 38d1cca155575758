import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesMatching } from '../../check/files.ts';

/** What runbooks and the chart's README tell people to type, as far as it is kubectl. */
export type RunbookCommand = { readonly file: string; readonly command: string };

const FILES = ['docs/runbooks/*.md', 'deploy/helm/certifiable/README.md'];
const FENCE = /^\s*```\w*\n([\s\S]*?)^\s*```/gm;

export async function runbookCommands(root: string): Promise<readonly RunbookCommand[]> {
  const commands: RunbookCommand[] = [];
  for (const file of await filesMatching(root, FILES)) {
    const text = await readFile(join(root, file), 'utf8');
    const fenced = [...text.matchAll(FENCE)].flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'));
    const inline = [...text.replaceAll(FENCE, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\s+/g, ' '));
    const found = [...fenced, ...inline].map((line) => line.replace(/\s+# .*$/, '').trim()).filter((line) => line.startsWith('kubectl '));
    commands.push(...[...new Set(found)].map((command) => ({ file, command })));
  }
  return commands;
}

/** What a reader puts in: names of what is there. */
export type Names = { readonly buildId: string; readonly pod: string; readonly job: string };

export type Plan = { readonly run: string } | { readonly leftOut: string };

/** What this cluster hasn't, and what would end the rehearsal. */
const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [/\bargo rollouts\b|rollout\/api/, 'there is no Argo Rollouts'],
  [/workerdeployment/, 'there is no Worker Controller'],
  [/^kubectl (create|label) namespace/, 'each cluster of this command begins so'],
  [/ can-retire /, 'it answers with the code that the build may not go'],
];
/** Tried by the API server and not done: everybody would be without a pool, or without its pods' logs. */
const DRY = /^kubectl (-n \S+ )?(scale|annotate|delete) /;

/** How a command of a page is run here; throws for one that nobody has thought of. */
export function planOf(command: string, { buildId, pod, job }: Names): Plan {
  const reason = LEFT_OUT.find(([pattern]) => pattern.test(command))?.[1];
  if (reason !== undefined) return { leftOut: reason };
  const filled = command
    .replaceAll(/OLD_BUILD_ID|BUILD_ID/g, buildId)
    .replaceAll('POOL', 'publication')
    .replace(/delete pod( …)?$/, `delete pod ${pod}`)
    .replace('promote-…', job)
    .replace(/rollout restart$/, 'rollout restart deploy/publication')
    .replace(/outage-credit …$/, 'outage-credit --help')
    .replace(/ -- …$/, ' -- certifiable --help');
  if (/…|[A-Z]{4,}/.test(filled)) throw new Error(`nobody has said what to put into: ${command}`);
  return { run: DRY.test(filled) ? `${filled} --dry-run=server` : filled };
}
