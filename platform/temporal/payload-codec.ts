import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { METADATA_ENCODING_KEY, ValueError, type Payload, type PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { OctetKey, OctetKeys } from '../octet-keys.ts';
import type { Kept } from '../secret-keeper.ts';

/**
 * Payloads as Temporal keeps them: AES-256-GCM, in the shape of Temporal's own samples, so that its tools know them for encrypted. What is in a
 * payload is told by nothing but its length and the name of the key.
 */
const ENCRYPTED = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/**
 * The first of the keys that may encrypts, each of them decrypts, and what was never encrypted is read as it is: keys may change, and encryption may begin
 * and end, while workflows run. Where the key of a payload is missing, decoding throws, and the SDK tries the task again until the key is back.
 */
export function createPayloadCodec(keys: Kept<OctetKeys> | undefined): PayloadCodec {
  return {
    async encode(payloads) {
      const key = keys?.current.find(({ encrypts }) => encrypts);
      return key ? payloads.map((payload) => encrypt(payload, key)) : payloads;
    },
    decode: async (payloads) => payloads.map((payload) => (isEncrypted(payload) ? decrypt(payload, keys?.current) : payload)),
  };
}

function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.[METADATA_ENCODING_KEY]) === ENCRYPTED;
}

function encrypt(payload: Payload, { kid, key }: OctetKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(authenticated(kid));
  const data = Buffer.concat([nonce, cipher.update(PayloadMessage.encode(payload).finish()), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(kid) }, data };
}

function decrypt({ metadata, data }: Payload, keys: OctetKeys | undefined): Payload {
  const kid = textOf(metadata?.[KEY_ID]);
  if (!keys) throw new ValueError(`a payload is encrypted with the key ${kid}, and TEMPORAL_CODEC_KEYS is not set`);
  const known = keys.find((key) => key.kid === kid);
  if (!known) throw new ValueError(`a payload is encrypted with the key ${kid}, which TEMPORAL_CODEC_KEYS lacks`);
  return opened(Buffer.from(data ?? []), known);
}

function opened(data: Buffer, { kid, key }: OctetKey): Payload {
  if (data.length < NONCE_BYTES + TAG_BYTES) throw new ValueError(`a payload of the key ${kid} is no encrypted one`);
  const decipher = createDecipheriv(CIPHER, key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(authenticated(kid))
    .setAuthTag(data.subarray(-TAG_BYTES));
  try {
    return PayloadMessage.decode(Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]));
  } catch (error) {
    throw new ValueError(`a payload was changed since it was encrypted, or by another key than the ${kid} of TEMPORAL_CODEC_KEYS`, error);
  }
}

/** What stands beside the data and is not secret belongs to it all the same. */
function authenticated(kid: string): Buffer {
  return Buffer.from(`${ENCRYPTED} ${kid}`);
}

function textOf(value: Uint8Array | null | undefined): string {
  return Buffer.from(value ?? []).toString();
}
