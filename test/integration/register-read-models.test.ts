import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CosmosClient } from '@azure/cosmos';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest';
import type { RegisterEntry } from '../../domain/register.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { createCosmosReadModel } from '../../publication/register/cosmos.ts';
import { createDynamoDbReadModel } from '../../publication/register/dynamodb.ts';
import type { RegisterReadModel } from '../../publication/register/read-model.ts';
import { connectDatabase } from '../../store/context.ts';
import { createPostgresRegister } from '../../store/register.ts';
import { startCosmosDbServer } from '../support/cosmosdb-server.ts';
import { createDatabase } from '../support/database.ts';

/** A store to keep registers in (in PostgreSQL there is but one), each of which can be opened by as many processes as one likes. */
type Running = { readonly open: (register: string) => RegisterReadModel; readonly stop: () => Promise<void> };
type Implementation = {
  readonly name: string;
  readonly start: () => Promise<Running | { skipped: string }>;
  /** In which it lists 1,000 certificates, at least. */
  readonly pagesMin: number;
};

const cosmosKey = Buffer.from('any key: the emulator checks none').toString('base64');
const region = 'eu-central-1';

const postgres: Implementation = {
  name: 'PostgreSQL',
  pagesMin: 1,
  async start() {
    const { databaseUrl, drop } = await createDatabase();
    const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 10 });
    return {
      open: () => createPostgresRegister({ prisma }),
      async stop() {
        await prisma.$disconnect();
        await drop();
      },
    };
  },
};

const dynamoDb = {
  name: "DynamoDB (Amazon's own DynamoDB Local; not tested: permissions, throttling, replicas that are behind)",
  pagesMin: 2,
  async start() {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    try {
      const { endpoint, stop } = await startDynamoDb({ log: (line) => console.log(line) });
      return { endpoint, stop, open: (table: string) => createDynamoDbReadModel({ kind: 'dynamodb', table, region, endpoint }) };
    } catch (error) {
      return { skipped: String(error) };
    }
  },
};

const cosmosDb = {
  name: "Azure Cosmos DB (an emulator from npm, not Microsoft's; not tested: the real service, signatures, Entra ID, throttling, regions, several partitions)",
  pagesMin: 2,
  async start() {
    const started = await startCosmosDbServer();
    if ('skipped' in started) return started;
    const { endpoint, stop } = started.server;
    return {
      endpoint,
      stop,
      open: (container: string) => createCosmosReadModel({ kind: 'cosmos', endpoint, database: 'registers', container, key: cosmosKey, regions: [] }),
    };
  },
};

const entryOf = (entry: Partial<RegisterEntry> = {}): RegisterEntry => ({
  certificateId: randomUUID(),
  number: null,
  name: 'Ada Lovelace',
  examTitle: 'Software Architecture',
  issuedAt: new Date('2026-03-01T12:34:56.789Z'),
  basisPoints: 8725,
  status: 'valid',
  revision: 1,
  replacedBy: null,
  ...entry,
});

const someNames = [
  "Seán O'Brien-Núñez",
  'Zoë Strauß'.normalize('NFD'),
  'Γιώργος Σεφέρης',
  'Анна Ахматова',
  'محمد عبد الله',
  'יצחק בן־צבי',
  'मोहनदास गांधी',
  '王小明',
  '𠮷野家',
  'がくと',
  '김철수',
  'ᏍᏏᏉᏯ',
  'Nguyễn Thị Hạnh',
  '"quoted", \\ back/slash; <b>&amp;</b> {{x}} \'); DROP',
];

/** Changes of a few certificates as a broken relay may bring them: repeated, in any order, in batches. */
const deliveries = fc
  .record({ certificates: fc.integer({ min: 1, max: 3 }), revisions: fc.integer({ min: 1, max: 5 }) })
  .chain(({ certificates, revisions }) => {
    const changes = Array.from({ length: certificates * revisions }, (_, index) => ({
      certificate: index % certificates,
      revision: Math.floor(index / certificates) + 1,
    }));
    return fc.record({
      order: fc.shuffledSubarray([...changes, ...changes], { minLength: changes.length * 2 }),
      batchLength: fc.integer({ min: 1, max: 4 }),
      numbered: fc.boolean(),
    });
  });
type Delivery = typeof deliveries extends fc.Arbitrary<infer Value> ? Value : never;

/** The batches with certificates of their own, and what must be found at the end. */
function play({ order, batchLength, numbered }: Delivery) {
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  const change = ({ certificate, revision }: Delivery['order'][number]) =>
    entryOf({
      certificateId: ids[certificate] ?? '',
      number: numbered ? `N/${ids[certificate]}` : null,
      name: `Ada ${revision}`,
      status: revision % 2 === 0 ? 'suspended' : 'valid',
      revision,
    });
  const batches: RegisterEntry[][] = [];
  for (let from = 0; from < order.length; from += batchLength) batches.push(order.slice(from, from + batchLength).map(change));
  const revisionMax = Math.max(...order.map(({ revision }) => revision));
  const newest = order.filter(({ revision }) => revision === revisionMax).map(change);
  return { batches, newest };
}

async function collect(register: RegisterReadModel): Promise<{ pages: number; entries: RegisterEntry[] }> {
  const entries: RegisterEntry[] = [];
  let pages = 0;
  for await (const page of register.entries()) {
    pages += 1;
    entries.push(...page);
  }
  return { pages, entries };
}

const propertyRuns = { numRuns: 25, endOnFailure: true };

describe.each<[string, Implementation]>([
  [postgres.name, postgres],
  [dynamoDb.name, dynamoDb],
  [cosmosDb.name, cosmosDb],
])('a register in %s', { timeout: 120_000 }, (_name, { start, pagesMin }) => {
  let running: Running | undefined;
  let skipped = '';
  const opened: RegisterReadModel[] = [];
  const registers = { one: 'register-one', new: 'register-new' };

  beforeAll(async () => {
    const started = await start();
    if ('skipped' in started) skipped = started.skipped;
    else running = started;
    if (running) await open({ skip: () => undefined }, registers.one).prepare();
  }, 400_000);
  afterAll(async () => {
    await Promise.all(opened.map((register) => register.close()));
    await running?.stop();
  });

  /** As another process would have it. */
  function open(context: { skip: (note: string) => void }, register = registers.one): RegisterReadModel {
    if (!running) context.skip(skipped);
    if (!running) throw new Error(skipped);
    const model = running.open(register);
    opened.push(model);
    return model;
  }

  it('shows what it was told, by id and by old number, for names in every script', async (context: TestContext) => {
    const register = open(context);
    const entries = someNames.flatMap((name, index) => [
      entryOf({ name, examTitle: name }),
      entryOf({ name, number: `${randomUUID()} № ${index}/${name}`, status: 'revoked', replacedBy: randomUUID(), basisPoints: 0 }),
    ]);
    await register.put(entries);
    const other = open(context);
    for (const entry of entries) {
      expect(await other.find({ certificateId: entry.certificateId })).toEqual(entry);
      if (entry.number !== null) expect(await other.find({ number: entry.number })).toEqual(entry);
    }
  });

  it('keeps every name there can be', async (context: TestContext) => {
    const register = open(context);
    const names = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }), 50);
    const entries = names.map((name) => entryOf({ name, number: `${randomUUID()}${name}` }));
    await register.put(entries);
    for (const entry of entries) {
      expect(await register.find({ number: entry.number ?? '' })).toEqual(entry);
    }
  });

  it.for([
    { what: 'an id that nobody has', key: { certificateId: randomUUID() } },
    { what: 'an id that can be none', key: { certificateId: 'no UUID' } },
    { what: 'an empty id', key: { certificateId: '' } },
    { what: 'an id that would be another path of a URL', key: { certificateId: '../../dbs?x=1#y' } },
    { what: 'an id longer than any key', key: { certificateId: '9'.repeat(5000) } },
    { what: 'half of a pair of characters', key: { certificateId: '\ud800' } },
    { what: 'a number that nobody has', key: { number: 'A/17' } },
    { what: 'an empty number', key: { number: '' } },
    { what: 'a number with a character that no text may have', key: { number: 'A\0/17' } },
    { what: 'a number that would be SQL', key: { number: "' OR 1=1 --" } },
    { what: 'a number longer than any key', key: { number: '😀'.repeat(1000) } },
  ])('finds nothing for $what', async ({ key }, context) => {
    expect(await open(context).find(key)).toBeUndefined();
  });

  it('takes a number for a number and an id for an id', async (context: TestContext) => {
    const register = open(context);
    const entry = entryOf({ number: randomUUID() });
    await register.put([entry]);
    expect(await register.find({ certificateId: entry.number ?? '' })).toBeUndefined();
    expect(await register.find({ number: entry.certificateId })).toBeUndefined();
  });

  it('ends with the highest revision, in whatever order and however often the changes come', async (context: TestContext) => {
    const register = open(context);
    await fc.assert(
      fc.asyncProperty(deliveries, async (delivery) => {
        const { batches, newest } = play(delivery);
        for (const batch of batches) await register.put(batch);
        for (const entry of newest) expect(await register.find({ certificateId: entry.certificateId })).toEqual(entry);
      }),
      propertyRuns,
    );
  });

  it('ends with the highest revision when several processes write at once', async (context: TestContext) => {
    const processes = [open(context), open(context), open(context)];
    await fc.assert(
      fc.asyncProperty(deliveries, async (delivery) => {
        const { batches, newest } = play(delivery);
        await Promise.all(batches.map(async (batch, index) => processes[index % processes.length]?.put(batch)));
        for (const entry of newest) {
          const found = await processes[0]?.find(entry.number === null ? { certificateId: entry.certificateId } : { number: entry.number });
          expect(found).toEqual(entry);
        }
      }),
      propertyRuns,
    );
  });

  it('takes what is put under the revision that it has, in place of what somebody else wrote there', async (context: TestContext) => {
    const [register, other] = [open(context), open(context)];
    const entry = entryOf({ number: randomUUID(), revision: 3 });
    await other.put([{ ...entry, name: 'Mallory', basisPoints: 10_000 }]);
    await register.put([entry]);
    expect(await register.find({ certificateId: entry.certificateId })).toEqual(entry);
  });

  it('never shows an older state again once a newer one was seen, while old changes are repeated', async (context: TestContext) => {
    const [writer, repeater, reader] = [open(context), open(context), open(context)];
    const certificateId = randomUUID();
    const history = Array.from({ length: 20 }, (_, index) => entryOf({ certificateId, revision: index + 1 }));
    let isOver = false;
    const seen: number[] = [];
    const read = async () => {
      while (!isOver) seen.push((await reader.find({ certificateId }))?.revision ?? 0);
    };
    const repeat = async () => {
      while (!isOver) await repeater.put(history.slice(0, 3));
    };
    const write = async () => {
      for (const entry of history) await writer.put([entry]);
      isOver = true;
    };
    await Promise.all([read(), repeat(), write()]);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect((await reader.find({ certificateId }))?.revision).toBe(20);
  });

  it('lists each of 1,000 certificates once as it stands, numbered ones too, page by page', async (context: TestContext) => {
    const register = open(context);
    const entries = Array.from({ length: 1000 }, (_, index) =>
      entryOf({ number: index % 2 === 0 ? randomUUID() : null, revision: (index % 7) + 1, name: 'Ada Lovelace '.repeat(120) }),
    );
    await register.put(entries);
    const { entries: all, pages } = await collect(register);
    const mine = new Set(entries.map(({ certificateId }) => certificateId));
    const inOrder = (list: readonly RegisterEntry[]) => list.toSorted((one, other) => (one.certificateId < other.certificateId ? -1 : 1));
    expect(inOrder(all.filter(({ certificateId }) => mine.has(certificateId)))).toEqual(inOrder(entries));
    expect(pages).toBeGreaterThanOrEqual(pagesMin);
  });

  it('is prepared by several processes at once, and again, without harm', async (context: TestContext) => {
    const processes = [open(context, registers.new), open(context, registers.new), open(context, registers.new)];
    await Promise.all(processes.map((register) => register.prepare()));
    const entry = entryOf();
    await processes[0]?.put([entry]);
    await processes[1]?.prepare();
    expect(await processes[2]?.find({ certificateId: entry.certificateId })).toEqual(entry);
  });

  it('takes an empty batch', async (context: TestContext) => {
    await open(context).put([]);
  });
});

/** In front of DynamoDB: refuses the first requests as a table does that gets more writes than its capacity allows. */
async function startThrottle({ endpoint, refusals }: { endpoint: string; refusals: number }) {
  let refused = 0;
  const server = createServer((request, response) => {
    void buffer(request).then(async (body) => {
      if (refused < refusals) {
        refused += 1;
        const type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
        return response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ __type: type, message: 'slower' }));
      }
      const headers = Object.entries(request.headers).filter(
        ([name]) => name.startsWith('x-amz-') || ['authorization', 'content-type'].includes(name),
      );
      const answer = await fetch(endpoint, { method: 'POST', headers: headers.map(([name, value]) => [name, String(value)]), body });
      return response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, refused: () => refused, close: () => server.close() };
}

describe('a register in DynamoDB that is throttled (by a server of ours in front of DynamoDB Local)', { timeout: 120_000 }, () => {
  it('has every entry in the end, and the caller need not know', async (context: TestContext) => {
    const running = await dynamoDb.start();
    if ('skipped' in running) return context.skip(running.skipped);
    const unthrottled = running.open('throttled');
    const throttle = await startThrottle({ endpoint: running.endpoint, refusals: 8 });
    const register = createDynamoDbReadModel({ kind: 'dynamodb', table: 'throttled', region, endpoint: throttle.endpoint });
    try {
      await unthrottled.prepare();
      const entries = Array.from({ length: 6 }, () => entryOf());
      await register.put(entries);
      expect(throttle.refused()).toBe(8);
      const { entries: all } = await collect(unthrottled);
      expect(all.map(({ certificateId }) => certificateId).toSorted()).toEqual(entries.map(({ certificateId }) => certificateId).toSorted());
    } finally {
      await Promise.all([register.close(), unthrottled.close()]);
      throttle.close();
      await running.stop();
    }
  });
});

describe('what is not the register’s', { timeout: 120_000 }, () => {
  it.for<[string, Pick<Implementation, 'start'>]>([
    ['DynamoDB', dynamoDb],
    ['Cosmos DB', cosmosDb],
  ])('takes no entry in %s, and the caller is told', async ([, { start }], context) => {
    const running = await start();
    if ('skipped' in running) return context.skip(running.skipped);
    const register = running.open('never-prepared');
    try {
      await expect(register.put([entryOf()])).rejects.toThrow();
    } finally {
      await register.close();
      await running.stop();
    }
  });

  it('is refused as a DynamoDB table, saying what to do', async (context: TestContext) => {
    const running = await dynamoDb.start();
    if ('skipped' in running) return context.skip(running.skipped);
    const client = new DynamoDBClient({ region, endpoint: running.endpoint });
    try {
      await client.send(
        new CreateTableCommand({
          TableName: 'somebody-elses',
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
      await expect(running.open('somebody-elses').prepare()).rejects.toThrow(/its key is \(pk\).*make a table with the partition key "key"/);
    } finally {
      client.destroy();
      await running.stop();
    }
  });

  it('is refused as a Cosmos DB container, saying what to do', async (context: TestContext) => {
    const running = await cosmosDb.start();
    if ('skipped' in running) return context.skip(running.skipped);
    const client = new CosmosClient({ endpoint: running.endpoint, key: cosmosKey });
    try {
      const { database } = await client.databases.createIfNotExists({ id: 'registers' });
      await database.containers.createIfNotExists({ id: 'somebody-elses', partitionKey: { paths: ['/tenant'] } });
      await expect(running.open('somebody-elses').prepare()).rejects.toThrow(
        /partitioned by \/tenant.*make the container with the partition key \/id/,
      );
    } finally {
      client.dispose();
      await running.stop();
    }
  });
});
