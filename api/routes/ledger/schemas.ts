import { z } from 'zod';
import { digits, instant } from '../../schemas.ts';

const size = z.number().int().nonnegative().meta({ description: 'Of how many entries' });
const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: 'SHA-256, in hexadecimal' });

const head = z
  .object({
    size,
    signedAt: instant,
    jws: z
      .string()
      .meta({ description: 'The compact JWS (`certifiable-ledger-head+jws`): issuer, size, root, at. Its keys: /.well-known/jwks.json' }),
    stamp: z
      .object({
        at: instant,
        token: z.base64().meta({ description: 'The time stamp token (RFC 3161, DER) over the bytes of `jws`' }),
      })
      .nullable()
      .meta({ description: 'That somebody else saw it, and when by their clock; null where nobody has' }),
  })
  .meta({ id: 'LedgerHead', description: 'A signed head of the tree of RFC 9162 over the first `size` entries of the ledger' });

export const heads = z.object({ heads: z.array(head) });

const entries = digits({ min: 1, max: Number.MAX_SAFE_INTEGER });
export const consistencyParams = z.object({
  earlier: entries.meta({ description: 'The size of the earlier head' }),
  size: entries.meta({ description: 'The size of the later head' }),
});
export const consistency = z.object({ proof: z.array(hash).meta({ description: 'As RFC 9162, section 2.1.4, has it' }) });

const entry = z.object({
  position: z.number().int().nonnegative(),
  leaf: z.string().meta({ description: 'The text that the tree has the hash of, to the byte: SHA-256(0x00 || leaf)' }),
  path: z.array(hash).nullable().meta({ description: 'The audit path of RFC 9162, section 2.1.3; null while no head counts the entry' }),
  opening: z
    .object({
      salt: z.string().meta({ description: 'In hexadecimal' }),
      content: z.string().meta({ description: 'What the record says, as JSON' }),
    })
    .nullable()
    .meta({ description: 'SHA-256(salt || content) is `content` of the leaf; null where the record has a newer entry' }),
});

const waiting = z.number().int().nonnegative().meta({ description: 'Entries that are written and have no place in the ledger yet' });

export const ownProofs = z
  .object({ head: head.nullable(), entries: z.array(entry), waiting })
  .meta({ id: 'OwnLedgerProofs', description: 'Oldest entry first. docs/ledger.md says how it is checked without us' });

export const proofs = z
  .object({
    head: head.nullable(),
    entries: z.array(
      entry.omit({ opening: true }).extend({
        who: z.string().nullable().meta({ description: 'Whom the record names: SHA-256(salt || "who " || who) is `who` of the leaf' }),
      }),
    ),
    waiting,
  })
  .meta({ id: 'LedgerProofs', description: 'The trail of an attempt: oldest entry first, with whom each record names' });
