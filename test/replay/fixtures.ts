import { readdir, readFile, writeFile } from 'node:fs/promises';
import proto, { type temporal } from '@temporalio/proto'; // CommonJS: Node finds no named values in it

export type History = temporal.api.history.v1.IHistory;

const { History: HistoryMessage } = proto.temporal.api.history.v1;
const directory = new URL('histories/', import.meta.url);

/** A worker's own queue is named by its process and machine. */
const STICKY_QUEUE = /^\d+@[\w.-]+-[0-9a-f]{32}$/;

/**
 * Histories are kept as protobuf: their JSON form does not come back the same. Which machine they were recorded on, and
 * where on it the code was, is left out: replay asks for neither.
 */
export async function writeHistory(name: string, history: History): Promise<void> {
  await writeFile(new URL(`${name}.bin`, directory), HistoryMessage.encode(HistoryMessage.create(withoutMachine(history) as History)).finish());
}

/** Every recorded history by the name of its shape; those of today's code, or of another folder. */
export async function readHistories(from: URL = directory): Promise<ReadonlyMap<string, History>> {
  const files = (await readdir(from)).filter((file) => file.endsWith('.bin')).sort();
  return new Map(
    await Promise.all(
      files.map(async (file) => [file.slice(0, -'.bin'.length), HistoryMessage.decode(await readFile(new URL(file, from)))] as const),
    ),
  );
}

function withoutMachine(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutMachine);
  if (typeof part === 'string') return part.replace(STICKY_QUEUE, 'sticky');
  if (typeof part !== 'object' || part === null || part instanceof Uint8Array || 'low' in part) return part;
  const kept = Object.entries(part).filter(([name]) => name !== 'stackTrace' && name !== 'identity');
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutMachine(value)]));
}
