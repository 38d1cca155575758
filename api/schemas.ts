import { z } from 'zod';
import { TESTS } from '../domain/exam.ts';
import { INSTANT_RULE, instantFrom } from '../domain/instant.ts';
import { TEXTS } from '../domain/text.ts';
import { text } from '../publication/text.ts';

/** Schemas that several resources share. */

export const uuid = z.uuid().meta({ example: '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11' });
export const instant = z.iso.datetime().meta({ description: 'UTC', example: '2026-12-24T12:00:00.000Z' });
/** An instant that somebody gives, with whatever offset. */
export const givenInstant = z
  .string()
  .refine((text) => instantFrom(text) !== undefined, INSTANT_RULE)
  .meta({ format: 'date-time', example: '2026-12-24T12:00:00Z' });
export const percentage = z.string().meta({ description: 'Rounded down to two decimals', example: '80.00' });
export const points = z.number().meta({ example: 4.25 });
export const test = z.enum(TESTS);

export const certificateStatus = z.enum(['valid', 'suspended', 'revoked']);

/** Of an answer that tells which attempts need attention. */
export const isPartial = z.boolean().meta({
  description: 'Temporal did not say in time which attempts called staff: needsAttention is true of those alone of which the records tell',
});

export const attemptParams = z.object({ attemptId: uuid });
export const assignmentParams = z.object({ assignmentId: uuid });

/**
 * A whole number of an address, in its digits alone: what else JavaScript reads as one (0x10, 1e2, +5, a blank before it) is a slip,
 * and whoever made it would take the answer for something that it is not.
 */
export function digits({ min, max }: { min: number; max: number }) {
  return z
    .string()
    .regex(/^(?:0|[1-9]\d{0,15})$/, `must be a whole number from ${min} to ${max}, in digits alone`)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max))
    .meta({ override: { type: 'integer', minimum: min, maximum: max } });
}

const PAGE_LIMIT_MAX = 100;
const PAGE_LIMIT_DEFAULT = 20;

/** A page of a list: what comes after a cursor, at most so many. */
export const page = {
  after: uuid.optional().meta({ description: 'The `next` of the page before' }),
  limit: digits({ min: 1, max: PAGE_LIMIT_MAX }).default(PAGE_LIMIT_DEFAULT),
};

export const next = uuid.nullable().meta({ description: 'The cursor of the next page; null on the last' });

/** The cursor after a page, from one row more than the page holds. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => string,
): { readonly rows: readonly Row[]; readonly next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

export const reason = text(TEXTS.reason, 'Why; it is audited');

/** PostgreSQL's largest `integer`. */
export const INTEGER_MAX = 2_147_483_647;

export function iso(instant: number | Date): string {
  return new Date(instant).toISOString();
}

export function isoOrNull(instant: number | Date | null): string | null {
  return instant === null ? null : iso(instant);
}
