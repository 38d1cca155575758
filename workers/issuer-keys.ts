import { ConfigurationError } from '../platform/config.ts';
import type { Logger } from '../platform/logging.ts';
import type { SecretKeeper } from '../platform/secret-keeper.ts';
import type { CredentialIssuer } from '../publication/credentials/issuer.ts';
import { whyNotTrusted, type StatedKeys } from '../publication/credentials/key-statement.ts';
import { isDatabaseFull, isDatabaseUnavailable } from '../store/context.ts';
import type { Store } from '../store/store.ts';
import { untilDone } from './loop.ts';

const RETRY_MILLISECONDS = 1000;

/** Later keys are noted before anything is signed with them; the first ones by publishIssuerKeys, once PostgreSQL is there. */
export async function keepCredentialIssuer({
  keys,
  stated,
  publicUrl,
  secrets,
  store,
}: {
  keys: string;
  /** Of whose signatures others will believe that they are ours. */
  stated: () => StatedKeys;
  publicUrl: string;
  secrets: SecretKeeper;
  store: Store;
}): Promise<CredentialIssuer> {
  const { createCredentialIssuer, rotatingCredentialIssuer } = await import('../publication/credentials/issuer.ts');
  const make = async (text: string) => {
    const issuer = await createCredentialIssuer({ keys: text, publicUrl });
    refuseUnstated(issuer, stated());
    if (text !== keys) await publish(issuer, store);
    return issuer;
  };
  return rotatingCredentialIssuer(await secrets.keep({ name: 'CREDENTIAL_KEYS', value: keys, make }));
}

/** What is signed with a key of which the statement does not tell verifies nowhere: rather nothing is signed. */
function refuseUnstated({ publicKeys: [current] }: CredentialIssuer, stated: StatedKeys): void {
  if (current === undefined) throw new TypeError('an issuer has a key');
  const distrust = whyNotTrusted(stated.get(current.publicKeyMultibase), new Date());
  if (distrust === undefined) return;
  throw new ConfigurationError(
    `CREDENTIAL_KEYS: ISSUER_KEYS says of the first key, ${current.publicKeyMultibase}, that it is ${distrust}: sign it off ("certifiable keys sign-off"), or sign with another`,
  );
}

/** The public halves are noted before anything signed with them is there, and the status lists signed with the first. Waits for PostgreSQL as long as it takes. */
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

async function publish(issuer: CredentialIssuer, store: Store): Promise<void> {
  await store.certificates.keepIssuerKeys(issuer.publicKeys.map((key) => key.publicKeyMultibase));
  await store.certificates.signListsAnew(issuer);
}
