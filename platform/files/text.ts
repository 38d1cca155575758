import { streamOf, type FileAtHand } from './blocks.ts';
import { Faulty } from './fault.ts';
import { hasAt, nameOfType } from './signature.ts';

/** Formats that are text to a machine and none to a reader. */
const DISGUISES = ['%PDF-', '{\\rtf', '%!PS'];

/** Text is UTF-8 with something to read in it, whatever it is about. */
export async function inspectText(file: FileAtHand): Promise<void> {
  for (const disguise of DISGUISES) if (await hasAt(file, 0, disguise)) throw await notText(file);
  if (!(await readsAsText(file))) throw new Faulty('blank', 'There is nothing to read in the file: it has blanks only. Upload the right one.');
}

/** False where it has no visible character. */
async function readsAsText(file: FileAtHand): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let visible = false;
  const take = (text: string) => {
    visible ||= /[^\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
    return !text.includes('\0');
  };
  for await (const piece of streamOf(file)) {
    if (!take(decode(decoder, piece as Uint8Array) ?? '\0')) throw await notText(file);
  }
  if (decode(decoder) === undefined) throw await notText(file);
  return visible;
}

function decode(decoder: InstanceType<typeof TextDecoder>, piece?: Uint8Array): string | undefined {
  try {
    return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
  } catch {
    return undefined;
  }
}

async function notText(file: FileAtHand): Promise<Faulty> {
  const name = await nameOfType(file);
  return name === undefined
    ? new Faulty('other_type', 'The file was announced as text, and is not text in UTF-8. Save it as UTF-8, or as PDF, and upload that.')
    : new Faulty('other_type', `The file was announced as text, and is ${name}. Upload it as what it is, or save it as PDF.`);
}
