import { getDocument, InvalidPDFException, PasswordException, PDFDataRangeTransport, VerbosityLevel, type PDFDocumentProxy } from 'unpdf/pdfjs';
import type { FileAtHand } from './blocks.ts';
import { Faulty, FILE_LIMITS } from './fault.ts';
import { hasUnsafeAction } from './pdf-actions.ts';
import { hasAt, nameOfType } from './signature.ts';

/** Within so many bytes of the end the reading programs look for the sign of the end. */
const TAIL_BYTES = 2048;
const RANGE_BYTES = 256 * 1024;
/** The longest comment with which a ZIP archive ends, and the record before it. */
const ZIP_TAIL_BYTES = 22 + 65_535;

/** Opens it as the browsers' reader does, by Mozilla's pdf.js, and each of its pages. */
export async function inspectPdf(file: FileAtHand): Promise<void> {
  if (!(await hasAt(file, 0, '%PDF-'))) throw await notPdf(file);
  if (await endsAsZip(file))
    throw new Faulty('other_type', 'The file is a PDF and a ZIP archive in one. Save the document anew as PDF, and upload that.');
  await reading(file, async (document) => {
    const { info } = await document.getMetadata();
    if ('EncryptFilterName' in info && info.EncryptFilterName !== null) throw encrypted();
    const pages = document.numPages;
    if (pages < 1) throw damaged();
    if (pages > FILE_LIMITS.pdfPages)
      throw new Faulty(
        'too_much',
        `The PDF has ${pages} pages, and at most ${FILE_LIMITS.pdfPages} are taken. Leave out what is not part of your solution.`,
      );
    if (await document.hasJSActions()) throw unsafe();
    for (let number = 1; number <= pages; number += 1) {
      const page = await document.getPage(number);
      if (hasAny(await page.getJSActions())) throw unsafe();
    }
  });
  if (await hasUnsafeAction(file)) throw unsafe();
  // Last: the reader says better what else is wrong, and it opens many a PDF whose end is missing, with what is there.
  const tail = Buffer.from(await file.read(Math.max(0, file.sizeBytes - TAIL_BYTES), file.sizeBytes)).toString('latin1');
  if (!tail.includes('%%EOF')) throw cutOff();
}

/** More are looked into by nobody. */
const ATTACHMENTS_MAX = 8;

/** The contents of the files that are attached to a PDF under this name, each once: which of several is meant, nobody can say. Throws what is Faulty. */
export async function attachmentsOf(file: FileAtHand, name: string): Promise<readonly Uint8Array[]> {
  return reading(file, async (document) => {
    const attachments = (await document.getAttachments()) ?? new Map<string, { filename: string }>();
    const found: Uint8Array[] = [];
    for (const [id] of [...attachments].filter(([, { filename }]) => filename === name).slice(0, ATTACHMENTS_MAX)) {
      const content = await contentOf(document, id);
      if (content && !found.some((other) => Buffer.compare(other, content) === 0)) found.push(content);
    }
    return found;
  });
}

async function contentOf(document: PDFDocumentProxy, id: string): Promise<Uint8Array | undefined> {
  const content: unknown = await document.getAttachmentContent(id);
  return content instanceof Uint8Array ? content : undefined;
}

async function reading<Result>(file: FileAtHand, read: (document: PDFDocumentProxy) => Promise<Result>): Promise<Result> {
  const failing = Promise.withResolvers<never>();
  const range = new Range(file, failing.reject);
  const loading = getDocument({
    range,
    rangeChunkSize: RANGE_BYTES,
    disableAutoFetch: true,
    disableStream: true,
    enableXfa: false,
    useSystemFonts: false,
    verbosity: VerbosityLevel.ERRORS,
  });
  try {
    return await Promise.race([loading.promise.then(read), failing.promise]);
  } catch (error) {
    if (error instanceof PasswordException) throw encrypted();
    if (error instanceof Faulty) throw error;
    throw error instanceof InvalidPDFException && !(await hasEnd(file)) ? cutOff() : damaged();
  }
}

async function hasEnd(file: FileAtHand): Promise<boolean> {
  return Buffer.from(await file.read(Math.max(0, file.sizeBytes - TAIL_BYTES), file.sizeBytes)).includes('%%EOF');
}

/** What the reader asks for, and no more of the file. */
class Range extends PDFDataRangeTransport {
  readonly #file: FileAtHand;
  readonly #fail: (error: unknown) => void;

  constructor(file: FileAtHand, fail: (error: unknown) => void) {
    super(file.sizeBytes, null);
    this.#file = file;
    this.#fail = fail;
  }

  override requestDataRange(begin: number, end: number): void {
    void this.#file.read(begin, end).then((bytes) => this.onDataRange(begin, bytes), this.#fail);
  }
}

/** Whether a ZIP reader would take it: the last record, behind which nothing of a PDF goes on. One in an attached file is followed by the end of that. */
async function endsAsZip(file: FileAtHand): Promise<boolean> {
  const tail = Buffer.from(await file.read(Math.max(0, file.sizeBytes - ZIP_TAIL_BYTES), file.sizeBytes));
  for (let at = tail.lastIndexOf('PK\u0005\u0006'); at !== -1; at = at === 0 ? -1 : tail.lastIndexOf('PK\u0005\u0006', at - 1)) {
    if (at + 22 <= tail.length && !tail.includes('endstream', at + 22)) return true;
  }
  return false;
}

async function notPdf(file: FileAtHand): Promise<Faulty> {
  const name = await nameOfType(file);
  return new Faulty(
    'other_type',
    name === undefined || name === 'a PDF'
      ? 'The file was announced as a PDF, and does not begin as one. Save or print it anew as PDF, and upload that.'
      : `The file was announced as a PDF, and is ${name}. Save or print the document as PDF, and upload that.`,
  );
}

function encrypted(): Faulty {
  return new Faulty('encrypted', 'The PDF is protected. Save it without a password and without restrictions, and upload that.');
}

function hasAny(actions: object | null): boolean {
  return actions !== null && Object.keys(actions).length > 0;
}

function unsafe(): Faulty {
  return new Faulty('unsafe', 'The PDF has a program in it, or an action that starts one or sends something. Print it anew as PDF, and upload that.');
}

function cutOff(): Faulty {
  return new Faulty('cut_off', 'The PDF ends too early: a part of it is missing. Save it anew, and upload that.');
}

function damaged(): Faulty {
  return new Faulty('damaged', 'The PDF is damaged: not all of its pages can be opened. Save or print it anew as PDF, look at it, and upload that.');
}
