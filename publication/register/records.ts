import { z } from 'zod';
import type { RegisterEntry } from '../../domain/register.ts';
import type { RegisterKey } from './read-model.ts';

/** What the stores outside PostgreSQL have in common: how an entry is written down, and under which key. */

const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

const storedEntry = z.object({
  certificateId: z.string(),
  number: z.string().nullable(),
  name: z.string(),
  examTitle: z.string(),
  issuedAt: isoDate,
  basisPoints: z.int(),
  status: z.enum(['valid', 'suspended', 'revoked']),
  revision: z.int(),
  replacedBy: z.string().nullable(),
});

/** An entry as JSON has it. */
export type StoredEntry = z.input<typeof storedEntry>;

/** Throws a ZodError when it is no entry. */
export function toStored(entry: RegisterEntry): StoredEntry {
  return storedEntry.encode({ ...entry });
}

/** Throws a ZodError when it is no entry. */
export function fromStored(stored: unknown): RegisterEntry {
  return storedEntry.parse(stored);
}

/** DynamoDB takes 2,048 bytes in a key, Cosmos DB 1,023 in an id. */
const KEY_LENGTH_MAX = 1000;

/**
 * The record's key: of the certificate, or of the pointer to it from its old number. Plain ASCII without what Cosmos DB
 * refuses in an id (/ \ ? #). Undefined when no record can have it, being too long.
 */
export function recordKey(key: RegisterKey): string | undefined {
  const text = 'certificateId' in key ? `certificate-${escape(key.certificateId)}` : `number-${escape(key.number)}`;
  return text.length > KEY_LENGTH_MAX ? undefined : text;
}

/** As recordKey, for a record to be written: throws a RangeError when the key is too long. */
export function writableKey(key: RegisterKey): string {
  const text = recordKey(key);
  if (text === undefined) throw new RangeError(`the register takes no certificate id or number of more than ${KEY_LENGTH_MAX} bytes`);
  return text;
}

/** Whether the entry is what was asked for: a pointer may be older than a correction, and ill-formed text may share a key. */
export function answers(entry: RegisterEntry, key: RegisterKey): boolean {
  return 'certificateId' in key ? entry.certificateId === key.certificateId : entry.number === key.number;
}

/** Of each certificate the entry with the highest revision. */
export function newestOfEach(entries: readonly RegisterEntry[]): RegisterEntry[] {
  const newest = new Map<string, RegisterEntry>();
  for (const entry of entries) {
    const other = newest.get(entry.certificateId);
    if (!other || other.revision < entry.revision) newest.set(entry.certificateId, entry);
  }
  return [...newest.values()];
}

/** Percent-encoded, with = for %, since a URL would be decoded. */
function escape(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%', '=');
}
