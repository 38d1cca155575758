import { sameName, type RegisterEntry } from '../../../domain/register.ts';
import { certificateIdIn, foldedForLookUp, isBlankText, isStorable, numbersMeantBy } from '../../../domain/text.ts';
import type { RegisterKey, RegisterReadModel } from '../../../publication/register/read-model.ts';
import { rememberBriefly } from '../../brief-memory.ts';

/**
 * How old an answer of this process may be. With the seconds that a browser keeps it (CACHE_SECONDS) and the few that the
 * read model is behind, a revocation is seen well within the minute that is promised.
 */
const REMEMBER_MILLISECONDS = 10_000;
const REMEMBERED_MAX = 10_000;

/** Numbers of the old system are shorter; whatever is longer is none. */
const NUMBER_LENGTH_MAX = 100;

/** What a verifier has of a certificate: its id, its page's address or its old number, and the name on it. */
export type Search = { readonly certificate: string; readonly name: string };

/** Looks certificates up, and remembers the answers for a moment: that there is none, too. */
export function createLookUp({ register, now }: { register: Pick<RegisterReadModel, 'find'>; now?: () => number }) {
  const remember = rememberBriefly({
    ask: (key) => register.find(keyOf(key)),
    milliseconds: REMEMBER_MILLISECONDS,
    answersMax: REMEMBERED_MAX,
    ...(now ? { now } : {}),
  });

  return {
    /** By id alone, which nobody can guess; it is a UUID. */
    find: (certificateId: string): Promise<RegisterEntry | undefined> => remember(`id ${certificateId.toLowerCase()}`),

    /**
     * By id or number, and only together with the name: numbers can be guessed. For what is absent and for another name the
     * answer is the same, after the same work.
     */
    search: async ({ certificate, name }: Search): Promise<RegisterEntry | undefined> => {
      const entries = await Promise.all(keysMeantBy(certificate).map((key) => remember(key)));
      const found = entries.filter((entry) => entry !== undefined);
      const theirs = found.filter((entry) => sameName(entry.name, name));
      if (found.length === 0) sameName(SOME_NAME, name);
      return theirs[0];
    },
  };
}

/** Compared with where there is no certificate, so that this takes as long. */
const SOME_NAME = 'Nobody of This Name';

/** An id is nobody's number, unless it came without its dashes. */
function keysMeantBy(certificate: string): readonly string[] {
  const id = certificateIdIn(certificate);
  if (id !== undefined && foldedForLookUp(certificate).includes(id)) return [`id ${id}`];
  const numbers = numbersMeantBy(certificate).filter((number) => !isBlankText(number) && number.length <= NUMBER_LENGTH_MAX && isStorable(number));
  return [...(id === undefined ? [] : [`id ${id}`]), ...numbers.map((number) => `number ${number}`)];
}

function keyOf(key: string): RegisterKey {
  const value = key.slice(key.indexOf(' ') + 1);
  return key.startsWith('id ') ? { certificateId: value } : { number: value };
}
