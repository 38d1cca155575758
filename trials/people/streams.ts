import pMap from 'p-map';

/** The lines of a stream of bytes, without their ends. Holds one chunk and one line at a time, however long the stream is. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

/** Does the work for each element, at most `limit` at once, and takes an element only when there is room for it. The first failure ends it. */
export async function forEachAtMost<Element>(
  elements: AsyncIterable<Element>,
  limit: number,
  work: (element: Element) => Promise<void>,
): Promise<void> {
  await pMap(elements, work, { concurrency: limit });
}
