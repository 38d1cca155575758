import { requestToken } from '../../local/tokens.ts';
import { readDatabaseConfig } from '../../platform/database-settings.ts';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore } from '../../store/store.ts';
import { smallExam } from '../people/small-exam.ts';
import type { Sitting } from './autosave-load.ts';

/** Each is another candidate with a token of their own. */
export const SITTINGS = 200;

type Servers = { readonly databaseUrl: string; readonly issuerUrl: string; readonly keys: string };

/** Candidates in the middle of their test, each with a token. */
export async function openSittings({ databaseUrl, issuerUrl, keys }: Servers): Promise<readonly Sitting[]> {
  const receipts = await createReceiptSigner({ keys, issuer: 'http://localhost' });
  const store = createStore({ prisma: connectDatabase(readDatabaseConfig({ DATABASE_URL: databaseUrl })), clock: postgresClock, receipts });
  const { examId } = smallExam();
  await store.examVersions.publish({ content: smallExam(), actor: 'bench' });
  const sittings: Sitting[] = [];
  for (let index = 0; index < SITTINGS; index += 1) {
    const subject = `candidate-${index}`;
    const { attemptId } = await store.attempts.register({ subject, name: 'Ada Example', examId });
    await store.sittings.start({ attemptId, subject });
    sittings.push({
      attemptId,
      token: await requestToken(issuerUrl, { subject, name: 'Ada Example', roles: ['candidate'], expiresInSeconds: 3600 }),
    });
  }
  await store.close();
  return sittings;
}
