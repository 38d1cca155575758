import { createHash, randomBytes } from 'node:crypto';
import { Boolean as Truth, Integer, Null, ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import { bytesOf, numberOf, parsed, partsOf } from './der.ts';
import { SHA256 } from './signatures.ts';
import { verifyTimeStamp, type TimeStamp } from './token.ts';
import type { Trusted } from './trusted.ts';

const ANSWER_MILLISECONDS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;

/** granted, and granted with modifications. */
const GRANTED = [0n, 1n];

/** Somebody who stamps (RFC 3161, section 3.4). */
export type TimeStampAuthority = {
  /** A token of the data, verified. Throws an Error that says why there is none. */
  readonly stamp: (data: Uint8Array) => Promise<TimeStamp & { readonly token: Buffer }>;
};

export function createTimeStampAuthority({ url, trusted }: { url: string; trusted: Trusted }): TimeStampAuthority {
  return {
    async stamp(data) {
      const nonce = newNonce();
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
        body: requestOf(data, nonce),
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
      });
      if (!response.ok) throw new Error(`the time stamping authority answered ${response.status}`);
      const token = tokenIn(Buffer.from(await response.arrayBuffer()));
      return { ...verifyTimeStamp({ token, data, trusted, nonce }), token };
    },
  };
}

/** A positive number of 64 bits, as DER writes it. */
function newNonce(): Buffer {
  const nonce = randomBytes(8);
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
  return nonce;
}

function requestOf(data: Uint8Array, nonce: Uint8Array): ArrayBuffer {
  const algorithm = new Sequence({ value: [new ObjectIdentifier({ value: SHA256 }), new Null()] });
  const imprint = new Sequence({ value: [algorithm, new OctetString({ valueHex: createHash('sha256').update(data).digest() })] });
  const [version, withChain] = [new Integer({ value: 1 }), new Truth({ value: true })];
  return new Sequence({ value: [version, imprint, new Integer({ valueHex: nonce }), withChain] }).toBER();
}

function tokenIn(answer: Buffer): Buffer {
  if (answer.byteLength > ANSWER_BYTES_MAX) throw new Error(`the time stamping authority answered ${answer.byteLength} bytes`);
  const [status, token] = partsOf(parsed(answer));
  const code = numberOf(partsOf(status)[0]);
  if (!GRANTED.includes(code) || token === undefined) throw new Error(`the time stamping authority refused, with status ${code}`);
  return bytesOf(token);
}
