/**
 * By which two addresses are one, wherever people are told apart by theirs: case does not count. In a domain it never does (RFC 4343, and RFC 5895 for other scripts); before
 * the @ a host might tell cases apart, but no sender should rely on it (RFC 5321, section 2.4), and whoever could make themselves a second person by a capital would.
 *
 * Letter by letter (Unicode's simple mapping), as PostgreSQL's lower() does it, with which columns are compared (`store/addresses.ts`): JavaScript's of a whole text makes
 * another letter of a Σ that ends a word.
 */
export function foldedAddress(address: string): string {
  return Array.from(address.normalize('NFC').trim(), simplyLower).join('');
}

/** One letter for one: İ becomes i, not an i with a dot of its own. */
const simplyLower = (letter: string): string => Array.from(letter.toLowerCase())[0] ?? letter;
