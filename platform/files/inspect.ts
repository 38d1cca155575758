import type { FileAtHand } from './blocks.ts';
import { Faulty, type FileFault } from './fault.ts';

/** What can be inspected. */
export const INSPECTED_TYPES = ['application/pdf', 'text/markdown', 'application/zip', 'text/plain'] as const;
export type InspectedType = (typeof INSPECTED_TYPES)[number];

/**
 * What is wrong with a file; undefined when it is what it says. Rejects where the format's reader cannot be loaded. May
 * hang, or fill the memory: call it where that can be ended.
 */
export async function inspect(file: FileAtHand, mediaType: InspectedType): Promise<FileFault | undefined> {
  // A reader that cannot be loaded is our fault, and not the file's.
  const inspectFile = await readerOf[mediaType]();
  try {
    await inspectFile(file);
    return undefined;
  } catch (error) {
    return error instanceof Faulty ? error.found : DAMAGED;
  }
}

/** Each format's reader is loaded where it is needed. */
const textReader = async () => (await import('./text.ts')).inspectText;
const readerOf: Readonly<Record<InspectedType, () => Promise<(file: FileAtHand) => Promise<void>>>> = {
  'application/pdf': async () => (await import('./pdf.ts')).inspectPdf,
  'application/zip': async () => (await import('./zip.ts')).inspectZip,
  'text/markdown': textReader,
  'text/plain': textReader,
};

/** A parser did not expect it. */
const DAMAGED: FileFault = { fault: 'damaged', message: 'The file is damaged: it cannot be opened. Make it again, look at it, and upload that.' };
