import { BitString, Constructed, fromBER, GeneralizedTime, Integer, ObjectIdentifier, OctetString, type BaseBlock } from 'asn1js';

/** Parts of what is written in DER (X.690), each taken for what it must be, or refused. */

export type Block = BaseBlock;

/** What is inside of octets is taken apart where it is asked for. Lists of what was revoked have many parts; how many bytes are read, their readers bound. */
const LIMITS = { maxDepth: 32, maxNodes: 1_000_000, parseEmbedded: false };

const CONTEXT_SPECIFIC = 3;

/** Throws a TypeError where it is not exactly one element. */
export function parsed(bytes: Uint8Array): Block {
  const { offset, result } = fromBER(bytes, LIMITS);
  if (offset !== bytes.byteLength) throw malformed(result.error || 'it is not one element');
  return result;
}

/** The elements of a sequence, a set or a tagged element. The library reads BER: a length that is left open, and one that is less than what is inside. DER has neither. */
export function partsOf(block: Block | undefined): readonly Block[] {
  if (!(block instanceof Constructed)) throw malformed('a part is missing or simple');
  const { lenBlock, valueBlock } = block;
  if (lenBlock.isIndefiniteForm || lenBlock.length !== valueBlock.blockLength) throw malformed('a length is not that of what is inside');
  return valueBlock.value;
}

/** As it is written, tag and length with it. */
export const bytesOf = (block: Block): Buffer => Buffer.from(block.valueBeforeDecodeView);

/** Of a tag that a context gives it. */
export const isTagged = ({ idBlock }: Block, number: number): boolean => idBlock.tagClass === CONTEXT_SPECIFIC && idBlock.tagNumber === number;

export function octetsOf(block: Block | undefined): Buffer {
  if (!(block instanceof OctetString) || block.idBlock.isConstructed) throw malformed('octets are missing');
  return Buffer.from(block.valueBlock.valueHexView);
}

/** Of whole bytes, as signatures are. */
export function bitsOf(block: Block | undefined): Buffer {
  if (!(block instanceof BitString) || block.idBlock.isConstructed || block.valueBlock.unusedBits > 0) throw malformed('bits are missing');
  return Buffer.from(block.valueBlock.valueHexView);
}

/** In dotted decimals. */
export function oidOf(block: Block | undefined): string {
  if (!(block instanceof ObjectIdentifier)) throw malformed('an identifier is missing');
  return block.getValue();
}

/** Of an enumeration too. */
export function numberOf(block: Block | undefined): bigint {
  if (!(block instanceof Integer) || block.valueBlock.valueHexView.length === 0) throw malformed('a number is missing');
  return block.toBigInt();
}

/** GeneralizedTime in UTC, as RFC 3161 asks for it: 20261130182320Z, with fractions or not. */
export function timeOf(block: Block | undefined): Date {
  if (!(block instanceof GeneralizedTime) || !/^\d{14}(\.\d+)?Z$/.test(Buffer.from(block.valueBlock.valueHexView).toString('latin1')))
    throw malformed('its time is none');
  return block.toDate();
}

export function malformed(what: string): TypeError {
  return new TypeError(`it is not written as RFC 3161 says: ${what}`);
}
