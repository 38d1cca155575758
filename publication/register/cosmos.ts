import { CosmosClient, ErrorResponse, type Container } from '@azure/cosmos';
import { DefaultAzureCredential } from '@azure/identity';
import type { RegisterEntry } from '../../domain/register.ts';
import { eachConcurrently } from './concurrently.ts';
import type { RegisterReadModel } from './read-model.ts';
import { answers, fromStored, newestOfEach, recordKey, toStored, writableKey, type StoredEntry } from './records.ts';
import type { CosmosSettings } from './settings.ts';

/**
 * The register in one container of Azure Cosmos DB for NoSQL, partitioned by id. A certificate is a document with its
 * revision and its entry; an imported one has a second document that points to it from its old number, written first, so
 * that no crash in between leaves a certificate that can't be found by its number. All look-ups are point reads.
 *
 * An update is a patch under the condition that the stored revision is not higher: it is checked in the one region that takes
 * writes, and reads nothing that may be behind. An account with several write regions is refused: between them the last
 * write wins, not the highest revision.
 */
export function createCosmosReadModel({ endpoint, database, container: containerName, key, regions }: CosmosSettings): RegisterReadModel {
  const client = new CosmosClient({
    endpoint,
    ...(key === undefined ? { aadCredentials: new DefaultAzureCredential() } : { key }),
    // Throttled requests are repeated by the SDK: up to 9 times within 30 s.
    connectionPolicy: { preferredLocations: [...regions], requestTimeout: REQUEST_TIMEOUT_MILLISECONDS },
  });
  const container = client.database(database).container(containerName);

  const read = async (id: string | undefined) => {
    if (id === undefined) return undefined;
    const { resource } = await container.item(id, id).read<Partial<CertificateDocument>>();
    return resource;
  };

  return {
    async prepare() {
      try {
        await prepareContainer(client, { database, container: containerName });
      } catch (cause) {
        throw new Error(howToPrepare({ database, container: containerName, cause }), { cause });
      }
    },

    put: (entries) =>
      eachConcurrently({
        items: newestOfEach(entries),
        atOnce: WRITES_AT_ONCE,
        async work(entry) {
          const { certificateId, number } = entry;
          if (number !== null) await container.items.upsert({ id: writableKey({ number }), certificateId });
          await putIfNewer(container, entry);
        },
      }),

    async find(key) {
      const document = await read(recordKey(key));
      const target = 'number' in key ? document?.certificateId : undefined;
      const stored = (target === undefined ? document : await read(recordKey({ certificateId: target })))?.entry;
      if (stored === undefined) return undefined;
      const entry = fromStored(stored);
      return answers(entry, key) ? entry : undefined;
    },

    async *entries() {
      const query = 'SELECT c.entry FROM c WHERE IS_DEFINED(c.revision)';
      const pages = container.items.query<Pick<CertificateDocument, 'entry'>>(query, { maxItemCount: PAGE_LENGTH_MAX });
      for await (const { resources } of pages.getAsyncIterator()) if (resources.length > 0) yield resources.map(({ entry }) => fromStored(entry));
    },

    async close() {
      client.dispose();
    },
  };
}

type CertificateDocument = {
  readonly id: string;
  readonly certificateId: string;
  readonly revision: number;
  readonly entry: StoredEntry;
};

const PARTITION_KEY_PATH = '/id';
const REQUEST_TIMEOUT_MILLISECONDS = 5000;
const WRITES_AT_ONCE = 16;
const PAGE_LENGTH_MAX = 500;
/** Updated, made by another, updated: three would do, were it not for the service's wish to repeat (449). */
const TRIES_MAX = 6;

const NOT_FOUND = 404;
const CONFLICT = 409;
const PRECONDITION_FAILED = 412;
const RETRY_WITH = 449;

/** An ErrorResponse's code for what Cosmos DB refused. */
function refusalCode(error: unknown): string | number | undefined {
  return error instanceof ErrorResponse ? error.code : undefined;
}

async function putIfNewer(container: Container, entry: RegisterEntry): Promise<void> {
  const { certificateId, revision } = entry;
  const document = { id: writableKey({ certificateId }), certificateId, revision, entry: toStored(entry) };
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    if (await isUpdated(container, document)) return;
    if (await isCreated(container, document)) return;
  }
  throw new Error('Cosmos DB took neither an update nor a new document of a certificate: others kept writing to it');
}

/** False: there is no such document, or the service wants it repeated. True as well when what is there is newer. */
async function isUpdated(container: Container, { id, revision, entry }: CertificateDocument): Promise<boolean> {
  try {
    await container.item(id, id).patch({
      // An integer by its schema, and no text: a condition takes no parameters.
      condition: `FROM c WHERE c.revision <= ${revision}`,
      operations: [
        { op: 'set', path: '/revision', value: revision },
        { op: 'set', path: '/entry', value: entry },
      ],
    });
    return true;
  } catch (error) {
    const code = refusalCode(error);
    if (code === PRECONDITION_FAILED) return true;
    if (code === NOT_FOUND || code === RETRY_WITH) return false;
    throw error;
  }
}

/** False: somebody made it meanwhile. */
async function isCreated(container: Container, document: CertificateDocument): Promise<boolean> {
  try {
    await container.items.create(document);
    return true;
  } catch (error) {
    const code = refusalCode(error);
    if (code === CONFLICT || code === RETRY_WITH) return false;
    throw error;
  }
}

type Names = { readonly database: string; readonly container: string };

async function prepareContainer(client: CosmosClient, names: Names): Promise<void> {
  const { resource: account } = await client.getDatabaseAccount();
  if (account?.enableMultipleWritableLocations) throw new TypeError('the account takes writes in several regions, and must in one alone');
  const { database } = await againOnConflict(() => client.databases.createIfNotExists({ id: names.database }));
  const { resource } = await againOnConflict(() =>
    database.containers.createIfNotExists({
      id: names.container,
      partitionKey: { paths: [PARTITION_KEY_PATH] },
      // Point reads need no index, and the list of revisions that one: all others would only make writes dearer.
      indexingPolicy: { includedPaths: [{ path: '/revision/?' }], excludedPaths: [{ path: '/*' }] },
    }),
  );
  const paths = resource?.partitionKey?.paths.join(', ');
  if (paths !== PARTITION_KEY_PATH) throw new TypeError(`it is partitioned by ${paths}, so it is not the register's`);
}

/** The SDK asks whether it is there and then makes it, and another process may come in between: asked again, it finds that one's. */
async function againOnConflict<Result>(createIfNotExists: () => Promise<Result>): Promise<Result> {
  try {
    return await createIfNotExists();
  } catch (error) {
    if (refusalCode(error) !== CONFLICT) throw error;
    return createIfNotExists();
  }
}

function howToPrepare({ database, container, cause }: Names & { cause: unknown }): string {
  const reason =
    cause instanceof TypeError ? cause.message : `the answer was ${refusalCode(cause) ?? (cause instanceof Error ? cause.name : 'an error')}`;
  return [
    `The register's container "${container}" in the Cosmos DB database "${database}" can't be used: ${reason}.`,
    `Either make the container with the partition key ${PARTITION_KEY_PATH}, in an account for NoSQL with one write region`,
    '(a process that signs in as itself can never make one; it needs the role "Cosmos DB Built-in Data Contributor"),',
    'or give this process the account key, and it makes them.',
  ].join(' ');
}
