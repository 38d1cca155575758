import { readFile } from 'node:fs/promises';
import { createCredentialIssuer } from '../../publication/credentials/issuer.ts';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore } from '../../store/store.ts';

/** A child process of `bench:regrade`, which kills it: puts right what a regrade is about, page after page, as its workflow's activities do, and writes a dot for each decision. */

const [databaseUrl = '', regradeId = '', credentialKeys = '', receiptKeys = ''] = process.argv.slice(2);
const FIRST_DECISION = '00000000-0000-0000-0000-000000000000';

const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
const receipts = await createReceiptSigner({ keys: await readFile(receiptKeys, 'utf8'), issuer: 'http://localhost' });
const store = createStore({ prisma, clock: postgresClock, receipts });
const credentials = await createCredentialIssuer({ keys: await readFile(credentialKeys, 'utf8'), publicUrl: 'http://localhost' });

for (let after: string | null = FIRST_DECISION; after !== null;) {
  const page: Awaited<ReturnType<typeof store.regrades.applyPage>> = await store.regrades.applyPage({
    regradeId,
    after,
    credentials,
    progress: () => process.stdout.write('.'),
  });
  ({ after } = page);
}
await store.regrades.finish({ regradeId });
await store.close();
