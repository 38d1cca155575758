import type { Logger } from '../platform/logging.ts';
import type { SecretKeeper } from '../platform/secret-keeper.ts';
import type { CredentialIssuer } from '../publication/credentials/issuer.ts';
import { isDatabaseFull, isDatabaseUnavailable } from '../store/context.ts';
import type { Store } from '../store/store.ts';
import { untilDone } from './loop.ts';

const RETRY_MILLISECONDS = 1000;

/** Later keys are published before anything is signed with them; the first ones by publishIssuerKeys, once PostgreSQL is there. */
export async function keepCredentialIssuer({
  keys,
  publicUrl,
  secrets,
  store,
}: {
  keys: string;
  publicUrl: string;
  secrets: SecretKeeper;
  store: Store;
}): Promise<CredentialIssuer> {
  const { createCredentialIssuer, rotatingCredentialIssuer } = await import('../publication/credentials/issuer.ts');
  const make = async (text: string) => {
    const issuer = await createCredentialIssuer({ keys: text, publicUrl });
    if (text !== keys) await publish(issuer, store);
    return issuer;
  };
  return rotatingCredentialIssuer(await secrets.keep({ name: 'CREDENTIAL_KEYS', value: keys, make }));
}

/** The public halves are to be found before anything signed with them is. Waits for PostgreSQL as long as it takes. */
export async function publishIssuerKeys({
  issuer,
  store,
  logger,
  stopping,
}: {
  issuer: CredentialIssuer;
  store: Store;
  logger: Logger;
  stopping: AbortSignal;
}): Promise<void> {
  await untilDone({
    work: () => publish(issuer, store),
    onFailure: (error) => {
      if (!isDatabaseUnavailable(error) && !isDatabaseFull(error)) throw error;
      logger.warn({ err: error }, 'PostgreSQL is not there yet, or its disk is full; trying again');
    },
    pauseMilliseconds: RETRY_MILLISECONDS,
    stopping,
  });
}

async function publish({ publicKeys }: CredentialIssuer, store: Store): Promise<void> {
  await store.certificates.keepIssuerKeys(publicKeys.map((key) => key.publicKeyMultibase));
}
