import { recompute } from '../../cli/records/recompute.ts';
import { connectCommandStores } from '../../cli/stores.ts';

/** Decides every test of a stack again from its records, as `certifiable records recompute` does. */
export async function decidedAgain(databaseUrl: string): Promise<{ readonly decisions: number; readonly problems: readonly string[] }> {
  const stores = connectCommandStores({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 1 });
  try {
    const { decisions, unlike } = await recompute(stores);
    const problems = unlike.map(({ what, attemptId }) => `${what} of attempt ${attemptId} does not follow from its records`);
    return { decisions, problems };
  } finally {
    await stores.close();
  }
}
