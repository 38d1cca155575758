import { plainBox, type SecretBox } from '../platform/secret-box.ts';
import { inTransaction, type RecordContext } from './context.ts';

/** Secrets at rest: those that sign for webhooks, and those that draws are made by. Each is sealed for its place. */

export function boxOf({ secretBox }: Pick<RecordContext, 'secretBox'>): SecretBox {
  return secretBox?.current ?? plainBox;
}

export const webhookPlace = (name: string) => `webhook ${name}`;
export const samplePlace = (examVersionId: string, generation: number) => `sample ${examVersionId} ${generation}`;
export const seedPlace = (generation: number) => `seeds ${generation}`;

/** A column of bytes holds the envelope as text; what is not sealed is the bytes themselves. */
export async function sealBytes(box: SecretBox, secret: Uint8Array, place: string): Promise<Buffer> {
  const encoded = Buffer.from(secret).toString('base64url');
  const sealed = await box.seal(encoded, place);
  return sealed === encoded ? Buffer.from(secret) : Buffer.from(sealed);
}

export async function openBytes(box: SecretBox, kept: Uint8Array, place: string): Promise<Uint8Array> {
  const text = Buffer.from(kept).toString('latin1');
  return box.isSealed(text) ? Buffer.from(await box.open(text, place), 'base64url') : kept;
}

/** Seals anew, with the first of the keys, whatever is sealed with another or not at all. Returns how many secrets. */
export async function resealSecrets(context: RecordContext): Promise<number> {
  const box = boxOf(context);
  const webhooks = await resealWebhooks(context, box);
  return webhooks + (await resealSamples(context, box)) + (await resealSeeds(context, box));
}

function resealWebhooks(context: RecordContext, box: SecretBox): Promise<number> {
  return inTransaction(context, async (tx) => {
    const rows = await tx.$queryRaw<
      { name: string; secrets: string[] }[]
    >`SELECT name, secrets FROM event_sink WHERE kind = 'webhook' ORDER BY name FOR UPDATE`;
    let count = 0;
    for (const { name, secrets } of rows) {
      const stale = secrets.filter((secret) => !box.isFresh(secret)).length;
      if (stale === 0) continue;
      const place = webhookPlace(name);
      const fresh = await Promise.all(secrets.map(async (secret) => (box.isFresh(secret) ? secret : box.seal(await box.open(secret, place), place))));
      await tx.$executeRaw`UPDATE event_sink SET secrets = ${fresh}::text[] WHERE name = ${name}`;
      count += stale;
    }
    return count;
  });
}

function resealSamples(context: RecordContext, box: SecretBox): Promise<number> {
  return inTransaction(context, async (tx) => {
    const rows = await tx.$queryRaw<{ exam_version_id: string; generation: number; secret: Uint8Array }[]>`
      SELECT exam_version_id, generation, secret FROM sampling_secret ORDER BY exam_version_id, generation FOR UPDATE`;
    const stale = rows.filter(({ secret }) => !box.isFresh(Buffer.from(secret).toString('latin1')));
    for (const { exam_version_id: examVersionId, generation, secret } of stale) {
      const place = samplePlace(examVersionId, generation);
      const sealed = await sealBytes(box, await openBytes(box, secret, place), place);
      await tx.$executeRaw`UPDATE sampling_secret SET secret = ${sealed} WHERE exam_version_id = ${examVersionId}::uuid AND generation = ${generation}`;
    }
    return stale.length;
  });
}

function resealSeeds(context: RecordContext, box: SecretBox): Promise<number> {
  return inTransaction(context, async (tx) => {
    const rows = await tx.$queryRaw<
      { generation: number; secret: Uint8Array }[]
    >`SELECT generation, secret FROM seed_secret ORDER BY generation FOR UPDATE`;
    const stale = rows.filter(({ secret }) => !box.isFresh(Buffer.from(secret).toString('latin1')));
    for (const { generation, secret } of stale) {
      const place = seedPlace(generation);
      await tx.$executeRaw`UPDATE seed_secret SET secret = ${await sealBytes(box, await openBytes(box, secret, place), place)} WHERE generation = ${generation}`;
    }
    return stale.length;
  });
}
