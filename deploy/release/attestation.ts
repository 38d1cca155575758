import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/**
 * An in-toto statement (v1) about an image, in an envelope of DSSE: what actions/attest makes on GitHub with a key of the moment, made
 * here with a key of one's own, for who builds elsewhere. ECDSA on P-256, which cosign and openssl verify too.
 */

const STATEMENT = 'https://in-toto.io/Statement/v1';
const CYCLONEDX = 'https://cyclonedx.org/bom';
const PAYLOAD = 'application/vnd.in-toto+json';

const envelope = z.object({
  payloadType: z.literal(PAYLOAD),
  payload: z.base64(),
  signatures: z.array(z.object({ keyid: z.string().optional(), sig: z.base64() })).min(1),
});
const statement = z.object({
  _type: z.literal(STATEMENT),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) })).min(1),
  predicateType: z.literal(CYCLONEDX),
  predicate: z.looseObject({ bomFormat: z.literal('CycloneDX') }),
});

type Envelope = z.infer<typeof envelope>;
type Bill = z.infer<typeof statement>['predicate'];

type Image = { readonly image: string; readonly digest: string };

/** Says, signed, that this is the bill of materials of this image. Throws where the bill is none, or the key one for something else. */
export function attestBill({ image, digest, bill, key }: Image & { readonly bill: unknown; readonly key: KeyObject }): Envelope {
  requireP256(key);
  const said = statement.parse({
    _type: STATEMENT,
    subject: [{ name: image, digest: { sha256: digest.replace(/^sha256:/, '') } }],
    predicateType: CYCLONEDX,
    predicate: bill,
  });
  const payload = Buffer.from(JSON.stringify(said));
  const signature = sign('sha256', signedBytes(PAYLOAD, payload), key);
  return { payloadType: PAYLOAD, payload: payload.toString('base64'), signatures: [{ keyid: keyIdOf(key), sig: signature.toString('base64') }] };
}

/** The bill, once it is known that the holder of the key said it, and said it of this image. Throws why not. */
export function verifyBill({ attestation, image, digest, key }: Image & { readonly attestation: unknown; readonly key: KeyObject }): Bill {
  requireP256(key);
  const { payloadType, payload, signatures } = envelope.parse(attestation);
  const bytes = Buffer.from(payload, 'base64');
  // Which key made it the key says, and no name beside the signature.
  const isSigned = signatures.some(({ sig }) => verify('sha256', signedBytes(payloadType, bytes), key, Buffer.from(sig, 'base64')));
  if (!isSigned) throw new Error('The attestation is not signed by this key.');
  const { subject, predicate } = statement.parse(JSON.parse(bytes.toString()));
  const isOfImage = subject.some(({ name, digest: { sha256 } }) => name === image && `sha256:${sha256}` === digest);
  if (!isOfImage) throw new Error(`The attestation is of ${subject.map(({ name, digest: { sha256 } }) => `${name}@sha256:${sha256}`).join(', ')}.`);
  return predicate;
}

/** DSSE's pre-authentication encoding: type and content with their lengths, so that neither can pass as a part of the other. */
function signedBytes(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

function requireP256(key: KeyObject): void {
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('The key must be one of ECDSA on P-256.');
}

/** A hint for whoever has several keys. */
function keyIdOf(key: KeyObject): string {
  return String(createPublicKey(key).export({ format: 'jwk' }).x);
}
