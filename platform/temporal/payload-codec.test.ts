import { randomBytes, randomUUID } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { dataConverterOf } from './data-converter.ts';

type Key = { kty: 'oct'; k: string; kid: string; key_ops?: readonly string[] };
const newKey = (): Key => ({ kty: 'oct', k: randomBytes(32).toString('base64url'), kid: randomUUID() });

function codecOf(...keys: readonly Key[]) {
  return dataConverterOf(keys.length === 0 ? {} : { TEMPORAL_CODEC_KEYS: JSON.stringify({ keys }) }).payloadCodecs[0];
}

const payloadOf = (value: unknown) => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined) => defaultPayloadConverter.fromPayload(payload ?? {});
const encoded = async (key: Key, value: unknown) => (await codecOf(key).encode([payloadOf(value)]))[0] ?? {};
const rawText = ({ metadata, data }: Payload) =>
  [...Object.values(metadata ?? {}), data ?? Buffer.of()].map((bytes) => Buffer.from(bytes).toString('latin1')).join(' ');

describe('a payload', () => {
  it('comes back as it was, whatever it is, and nothing of it can be read without the key', async () => {
    const codec = codecOf(newKey());
    const values = ['why Ada needs longer', { points: 7000, of: [1, 2] }, null, new Uint8Array([0, 255]), undefined];
    const kept = await codec.encode(values.map(payloadOf));
    expect(kept.map(rawText).join(' ')).not.toMatch(/Ada|points|json/);
    expect((await codec.decode(kept)).map(valueOf)).toEqual(values);
  });

  it('is encrypted anew each time, and tells its key by the names that Temporal’s own tools know', async () => {
    const key = newKey();
    const [one, other] = await codecOf(key).encode([payloadOf('the same'), payloadOf('the same')]);
    expect(one?.data).not.toEqual(other?.data);
    const metadata = Object.entries(one?.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString()]);
    expect(Object.fromEntries(metadata)).toEqual({ encoding: 'binary/encrypted', 'encryption-key-id': key.kid });
  });

  it('that is plain, from before there were keys or typed by hand, is read as it is', async () => {
    expect((await codecOf(newKey()).decode([payloadOf('plain')])).map(valueOf)).toEqual(['plain']);
    expect((await codecOf().encode([payloadOf('plain')])).map(valueOf)).toEqual(['plain']);
  });

  it('of a former key is read, and the newest key writes', async () => {
    const [former, newest] = [newKey(), newKey()];
    const kept = await encoded(former, 'from before');
    const codec = codecOf(newest, former);
    expect((await codec.decode([kept])).map(valueOf)).toEqual(['from before']);
    const [now = {}] = await codec.encode([payloadOf('now')]);
    expect((await codecOf(newest).decode([now])).map(valueOf)).toEqual(['now']);
    await expect(codecOf(former).decode([now])).rejects.toThrow(newest.kid);
  });

  it('stays plain while every key is for reading alone: each process has the key before any writes with it', async () => {
    const key = newKey();
    const reading = codecOf({ ...key, key_ops: ['decrypt'] });
    expect((await reading.encode([payloadOf('plain')])).map(valueOf)).toEqual(['plain']);
    expect((await reading.decode([await encoded(key, 'of one that writes')])).map(valueOf)).toEqual(['of one that writes']);
  });

  it('whose key is missing says which one, and where to put it', async () => {
    const key = newKey();
    const kept = await encoded(key, 'Ada');
    await expect(codecOf(newKey()).decode([kept])).rejects.toThrow(`the key ${key.kid}, which TEMPORAL_CODEC_KEYS lacks`);
    await expect(codecOf().decode([kept])).rejects.toThrow(`the key ${key.kid}, and TEMPORAL_CODEC_KEYS is not set`);
  });

  it('that was changed, cut short, or says another key of ours is refused', async () => {
    const [key, other] = [newKey(), newKey()];
    const codec = codecOf(key, { ...other, k: key.k });
    const kept = await encoded(key, 'seven points');
    const data = Buffer.from(kept.data ?? []);
    const changed = Buffer.from(data);
    changed[20] = (changed[20] ?? 0) ^ 1;
    for (const wrong of [changed, data.subarray(0, -1)]) await expect(codec.decode([{ ...kept, data: wrong }])).rejects.toThrow(/was changed/);
    await expect(codec.decode([{ ...kept, data: data.subarray(0, 20) }])).rejects.toThrow(/no encrypted one/);
    const renamed = { ...kept, metadata: { ...kept.metadata, 'encryption-key-id': Buffer.from(other.kid) } };
    await expect(codec.decode([renamed])).rejects.toThrow(/was changed/);
  });

  it.each(['{}', '{"keys":[]}', '{"keys":[{"kty":"oct","k":"c2hvcnQ","kid":"1"}]}', 'no JSON'])('has no keys such as %s', (keys) => {
    expect(() => dataConverterOf({ TEMPORAL_CODEC_KEYS: keys })).toThrow('TEMPORAL_CODEC_KEYS must be a JWK Set');
  });
});
