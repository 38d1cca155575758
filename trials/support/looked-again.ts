import type { JSONWebKeySet } from 'jose';
import { auditLedger } from '../../cli/records/audit.ts';
import { recompute } from '../../cli/records/recompute.ts';
import { connectCommandStores } from '../../cli/stores.ts';

export type Looked = {
  readonly decisions: number;
  /** Of the ledger, with those that have no place yet. */
  readonly entries: number;
  readonly problems: readonly string[];
};

/**
 * Decides every test of a stack again from its records, as `certifiable records recompute` does, and checks its ledger, as `records audit` does.
 */
export async function lookedAgain({ databaseUrl, apiUrl }: { readonly databaseUrl: string; readonly apiUrl: string }): Promise<Looked> {
  const stores = connectCommandStores({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 1 });
  try {
    const { decisions, unlike } = await recompute(stores);
    const keys = (await (await fetch(`${apiUrl}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
    const { entries, pending, problems } = await auditLedger({ ledger: stores.ledgerAudit, keys });
    const undecided = unlike.map(({ what, attemptId }) => `${what} of attempt ${attemptId} does not follow from its records`);
    return { decisions, entries: entries + pending, problems: [...undecided, ...problems.map((problem) => `the ledger: ${problem}`)] };
  } finally {
    await stores.close();
  }
}
