import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Logger } from '../platform/logging.ts';
import { erasureKeyOf, type ObjectStorage } from '../platform/storage/object-storage.ts';
import { deleteClosedRuns, workflowStatus } from '../platform/temporal/executions.ts';
import type { Store } from '../store/store.ts';
import { correctionWorkflowId } from '../workflows/correction-messages.ts';
import { attemptWorkflowId } from '../workflows/messages.ts';
import { loop, type Loop } from './loop.ts';

const IDLE_MILLISECONDS = 60_000;
/** The server deletes in its own time, seconds as a rule: else the next round looks again. */
const LOOKS = 20;
const BETWEEN_LOOKS_MILLISECONDS = 500;

type Erasing = { readonly store: Pick<Store, 'privacy'>; readonly client: Client; readonly storage: ObjectStorage; readonly logger: Logger };

/** Carries out the erasures that two persons ordered, or whose time is over (docs/decisions/0027). Several may run: each step may be repeated, and whoever is killed in between is gone on for. */
export function createEraser({ idleMilliseconds = IDLE_MILLISECONDS, ...erasing }: Erasing & { idleMilliseconds?: number }): Loop {
  const stopping = new AbortController();
  return {
    run: () =>
      loop({
        round: async () => {
          await eraseDue(erasing);
          return false;
        },
        idleMilliseconds,
        onFailure: 'an erasure has not come on; it is tried again',
        logger: erasing.logger,
        stopping: stopping.signal,
      }),
    stop: () => stopping.abort(),
  };
}

/** Each that is due, as far as it comes: one that something stops holds up no other. */
async function eraseDue(erasing: Erasing): Promise<void> {
  const failed: unknown[] = [];
  for (let page = await erasing.store.privacy.due(); page.length > 0; page = await erasing.store.privacy.due(page.at(-1)))
    for (const erasureId of page) await erase(erasing, erasureId).catch((error: unknown) => failed.push(error));
  if (failed.length > 0) throw failed[0];
}

/**
 * The records first, by which nobody comes to the files any more; then files and histories, whose names the records go on to know. Only once all
 * of it is gone it is done.
 */
async function erase({ store: { privacy }, client, storage, logger }: Erasing, erasureId: string): Promise<void> {
  const { kind, uploadIds, documentIds, attemptIds, correctionIds } = await privacy.traces(erasureId);
  const workflowIds = [...attemptIds.map(attemptWorkflowId), ...correctionIds.map(correctionWorkflowId)];
  for (const workflowId of workflowIds) {
    if ((await workflowStatus(client, workflowId)) !== 'RUNNING') continue;
    logger.info({ erasureId, workflowId }, 'an erasure waits until a workflow has ended');
    return;
  }
  // Listed outside the database before anything is gone: a restore brings back nobody for good.
  const bytes = Buffer.from(await privacy.signForList(erasureId));
  await storage.put({ key: erasureKeyOf(erasureId), bytes, mediaType: 'application/jose' });
  await privacy.erase(erasureId);
  const files = [...uploadIds, ...documentIds];
  for (const id of files) await storage.erase(id);
  // Of an attempt whose answers' time is over the history stays, which has none: its namespace keeps it for so long.
  if (kind === 'person' && !(await areDeleted(client, workflowIds))) return;
  // What was being written meanwhile: a notice or a document that was late.
  await privacy.erase(erasureId);
  for (const id of files) await storage.erase(id);
  await privacy.finish(erasureId);
  logger.info({ erasureId, kind, files: files.length, workflows: workflowIds.length }, 'an erasure is done');
}

/** Whether all runs of these workflows are gone. */
async function areDeleted(client: Client, workflowIds: readonly string[]): Promise<boolean> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const left = await Promise.all(workflowIds.map((workflowId) => deleteClosedRuns(client, workflowId)));
    if (left.every((state) => state === 'gone')) return true;
    await pause(BETWEEN_LOOKS_MILLISECONDS);
  }
  return false;
}
