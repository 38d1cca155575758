import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { CommandError, messageOf } from './command.ts';

/** The text of a file that somebody named. Throws a CommandError that says what is wrong with it. */
export async function readTextFile(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new CommandError(`${file}: cannot be read: ${messageOf(error)}`);
  });
  if (!isUtf8(bytes)) throw new CommandError(`${file}: is not in UTF-8: save it as UTF-8`);
  return bytes.toString();
}
