export type StatusPurpose = 'revocation' | 'suspension';

export const STATUS_PURPOSES = ['revocation', 'suspension'] as const satisfies readonly StatusPurpose[];

/** Bits in one list: the least that Bitstring Status List 1.0 allows, so that a look at a list points at no single holder. */
export const STATUS_LIST_LENGTH = 131_072;

/** Where a certificate's status is: the number of its lists (from 1), and its index within both. */
export function statusListOf(position: number): { readonly number: number; readonly index: number } {
  if (!Number.isSafeInteger(position) || position < 0) throw new RangeError('a status position is a whole number from 0');
  return { number: 1 + Math.floor(position / STATUS_LIST_LENGTH), index: position % STATUS_LIST_LENGTH };
}
