import { parentPort } from 'node:worker_threads';
import { inBlocks, type FileAtHand } from './blocks.ts';
import { inspect } from './inspect.ts';
import { Faulty } from './fault.ts';
import type { FromThread, Outcome, Task, ToThread } from './inspector.ts';

/** The thread in which files of strangers are opened: what they do to it, they do to it alone. */

const waiting = new Map<number, (bytes: Uint8Array) => void>();
let reads = 0;

parentPort?.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'begin':
      return void work(message.task, fileOf(message.sizeBytes)).then(tell);
    case 'bytes':
      waiting.get(message.read)?.(message.bytes);
      waiting.delete(message.read);
  }
});

function fileOf(sizeBytes: number): FileAtHand {
  return inBlocks({
    sizeBytes,
    read(start, end) {
      const read = (reads += 1);
      return new Promise((resolve) => {
        waiting.set(read, resolve);
        tell({ kind: 'read', read, start, end });
      });
    },
  });
}

/** What it throws ends the thread, and is told to whoever started it. */
async function work(task: Task, file: FileAtHand): Promise<FromThread> {
  switch (task.kind) {
    case 'inspect':
      return { kind: 'done', outcome: { fault: await inspect(file, task.mediaType) } };
    case 'attachment':
      return { kind: 'done', outcome: await attachment(file, task.name) };
  }
}

async function attachment(file: FileAtHand, name: string): Promise<Outcome> {
  const { attachmentsOf } = await import('./pdf.ts');
  try {
    const [attachment, ...others] = await attachmentsOf(file, name);
    return others.length > 0 ? { several: true } : { attachment };
  } catch (error) {
    if (error instanceof Faulty) return { fault: error.found };
    throw error;
  }
}

function tell(message: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort?.postMessage(message);
}
