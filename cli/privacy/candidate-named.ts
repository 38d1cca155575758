import { InvalidArgumentError } from 'commander';
import { validate as isUuid } from 'uuid';

export const CANDIDATE = ['<candidate>', 'its id, as staff find it by subject or name', candidateId] as const;

/** Named by whoever compared numbers and names: the records do not say whose they are. */
export const IMPORTED = [
  '--certificate <id>',
  'an imported certificate that is theirs, by its id in the register; may be repeated',
  (text: string, before: readonly string[] = []): readonly string[] => [...before, certificateId(text)],
] as const;

function certificateId(text: string): string {
  if (isUuid(text)) return text;
  throw new InvalidArgumentError('It must be the id of a certificate.');
}

function candidateId(text: string): string {
  if (isUuid(text)) return text;
  throw new InvalidArgumentError('It must be the id of a candidate.');
}

export const API_OPTIONS = [
  ['--api <url>', 'where the API is (default: that of the stack that "npm start" keeps)'],
  ['--token <token>', "somebody of staff's access token"],
] as const;
