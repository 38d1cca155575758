import { afterEach, expect, test, vi } from 'vitest';
import { INSPECTED_TYPES, inspect } from './inspect.ts';

const READERS = ['./pdf.ts', './zip.ts', './text.ts'];

afterEach(() => {
  for (const reader of READERS) vi.doUnmock(reader);
  vi.resetModules();
});

test.each(INSPECTED_TYPES)('a reader of %s that cannot be loaded is not said to be the fault of a file', async (mediaType) => {
  for (const reader of READERS)
    vi.doMock(reader, () => {
      throw new Error('a package is missing');
    });
  const file = { sizeBytes: 2, read: () => Promise.resolve(Buffer.from('ab')) };
  await expect(inspect(file, mediaType)).rejects.toThrow();
});
