import { readdir, readFile, writeFile } from 'node:fs/promises';
import proto, { type temporal } from '@temporalio/proto'; // CommonJS: Node finds no named values in it

export type History = temporal.api.history.v1.IHistory;

const { History: HistoryMessage } = proto.temporal.api.history.v1;
const directory = new URL('histories/', import.meta.url);

/** Histories are kept as protobuf: their JSON form does not come back the same. */
export async function writeHistory(name: string, history: History): Promise<void> {
  await writeFile(new URL(`${name}.bin`, directory), HistoryMessage.encode(history).finish());
}

/** Every recorded history by the name of its shape. */
export async function readHistories(): Promise<ReadonlyMap<string, History>> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.bin')).sort();
  return new Map(
    await Promise.all(
      files.map(async (file) => [file.slice(0, -'.bin'.length), HistoryMessage.decode(await readFile(new URL(file, directory)))] as const),
    ),
  );
}
