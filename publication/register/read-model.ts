import type { RegisterEntry } from '../../domain/register.ts';

/** By what a certificate is looked up: its id, or the number that an imported one had in the old system. */
export type RegisterKey = { readonly certificateId: string } | { readonly number: string };

/**
 * The public register, kept where its verifiers are. It follows the certificates in PostgreSQL, seconds behind, and can be
 * made anew from them at any time; entries change but never go.
 */
export type RegisterReadModel = {
  /** Makes the table or container where it may and it is missing; throws saying what to do where it can't. */
  prepare(): Promise<void>;
  /** For each certificate the highest revision wins, whatever the order and however often; of one revision what is put last. Throws when an entry was not written: repeat all of it. */
  put(entries: readonly RegisterEntry[]): Promise<void>;
  /** Whatever a visitor typed may be asked for. */
  find(key: RegisterKey): Promise<RegisterEntry | undefined>;
  /** For the check: every certificate once, in pages. What is put meanwhile may be in it or not. */
  entries(): AsyncIterable<readonly RegisterEntry[]>;
  close(): Promise<void>;
};
