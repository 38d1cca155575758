import { createHash } from 'node:crypto';
import { isMarkedTwice, type MarkedScript } from '../domain/marking-fit.ts';
import type { ModelData } from '../domain/marking-refit.ts';

/** Of the scripts that a model was fitted on. */
export function modelDataOf(scripts: readonly MarkedScript[]): ModelData {
  const hash = createHash('sha256');
  for (const script of scripts) hash.update(JSON.stringify(script)).update('\n');
  return {
    hash: hash.digest('hex'),
    scripts: scripts.length,
    markedTwice: scripts.filter(isMarkedTwice).length,
    attempts: new Set(scripts.map(({ attempt, id }) => attempt ?? id)).size,
    marks: scripts.reduce((sum, { items }) => sum + items.reduce((ofScript, { marks }) => ofScript + marks.length, 0), 0),
  };
}
