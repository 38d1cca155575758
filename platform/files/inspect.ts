import type { FileAtHand } from './blocks.ts';
import { Faulty, type FileFault } from './fault.ts';

/** What can be inspected. */
export const INSPECTED_TYPES = ['application/pdf', 'text/markdown', 'application/zip', 'text/plain'] as const;
export type InspectedType = (typeof INSPECTED_TYPES)[number];

/** What is wrong with a file; undefined when it is what it says. May hang, or fill the memory: call it where that can be ended. */
export async function inspect(file: FileAtHand, mediaType: InspectedType): Promise<FileFault | undefined> {
  try {
    await inspectAs[mediaType](file);
    return undefined;
  } catch (error) {
    return error instanceof Faulty ? error.found : DAMAGED;
  }
}

/** Each format's reader is loaded where it is needed. */
const inspectText = async (file: FileAtHand) => (await import('./text.ts')).inspectText(file);
const inspectAs: Readonly<Record<InspectedType, (file: FileAtHand) => Promise<void>>> = {
  'application/pdf': async (file) => (await import('./pdf.ts')).inspectPdf(file),
  'application/zip': async (file) => (await import('./zip.ts')).inspectZip(file),
  'text/markdown': inspectText,
  'text/plain': inspectText,
};

/** A parser did not expect it. */
const DAMAGED: FileFault = { fault: 'damaged', message: 'The file is damaged: it cannot be opened. Make it again, look at it, and upload that.' };
