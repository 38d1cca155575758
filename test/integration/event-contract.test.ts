import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asyncApiDocument } from '../../publication/events/asyncapi.ts';
import { toCloudEvent, type RecordedEvent } from '../../publication/events/cloud-event.ts';
import { COMMAND_TYPES, commandType } from '../../publication/events/commands.ts';
import { dataSchemaOf, EVENT_TYPES } from '../../publication/events/schemas.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createImportStore } from '../../store/imports.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';

/** What other systems build on: the AsyncAPI document and the JSON Schemas, against the standard and against real events. */

const PUBLIC_URL = 'https://certifiable.example';

type Message = { readonly payload: { readonly schema: object } };
type Document = { readonly channels: Readonly<Record<string, { readonly messages: Readonly<Record<string, Message>> }>> };

describe('the AsyncAPI document', () => {
  const document = asyncApiDocument({ publicUrl: PUBLIC_URL }) as unknown as Document;

  it('is valid against the JSON schema of AsyncAPI 3.0', async () => {
    const schema = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json');
    // It brings the schema of JSON Schema along, which Ajv would have as well.
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, meta: false, validateSchema: false });
    const validate = ajv.compile(JSON.parse(await readFile(schema, 'utf8')) as object);
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...document, channels: { events: { messages: 7 } } })).toBe(false);
  });

  it('describes every kind of event and of command by a valid JSON Schema', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const { events, commands } = document.channels;
    expect(Object.keys(events?.messages ?? {})).toEqual(EVENT_TYPES.map((type) => `com.certifiable.${type}.v1`));
    expect(Object.keys(commands?.messages ?? {})).toEqual(COMMAND_TYPES.map(commandType));
    for (const { payload } of [...Object.values(events?.messages ?? {}), ...Object.values(commands?.messages ?? {})]) {
      expect(ajv.validateSchema(payload.schema), JSON.stringify(ajv.errors)).toBe(true);
    }
  });
});

describe('events from the store', () => {
  let database: TestStore;
  let prisma: ReturnType<typeof connectDatabase>;
  beforeAll(async () => {
    database = await createTestStore();
    prisma = connectDatabase({ DATABASE_URL: database.databaseUrl, DATABASE_POOL_SIZE: 5 });
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.close();
  });

  it('are what their schemas and the document say, and hold no personal data', async () => {
    const { store } = database;
    const subject = 'subject-of-somebody';
    await store.examVersions.publish({ content: smallExam(), actor: 'designated' });
    const { attemptId } = await store.attempts.register({ subject, name: 'Somebody', email: 'somebody@example.com', examId: 'small' });
    await store.sittings.start({ attemptId, subject });
    await store.sittings.saveResponse({ attemptId, subject, itemId: 't1', value: 'said by Somebody', sequence: 1 });
    await store.sittings.submit({ attemptId, subject, test: 'aptitude' });
    const imports = createImportStore({ prisma, clock: postgresClock });
    await imports.begin('file');
    const certificate = { line: 2, number: 'C-1', name: 'Somebody', examId: 'e', examTitle: 'E', basisPoints: 8000, issuedAt: new Date() };
    await imports.commit({ fileHash: 'file', linesBefore: 0, linesDone: 2, certificates: [certificate], rejections: [] });

    const events = (await prisma.event.findMany({ orderBy: { position: 'asc' } })) as unknown as RecordedEvent[];
    expect(events.map(({ type }) => type)).toEqual(['attempt.registered', 'attempt.submitted', 'certificate.imported']);
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    const { events: channel } = (asyncApiDocument({ publicUrl: PUBLIC_URL }) as unknown as Document).channels;
    for (const event of events) {
      const cloudEvent = toCloudEvent(event, { publicUrl: PUBLIC_URL });
      const ofData = ajv.compile(dataSchemaOf(event.type));
      const ofEvent = ajv.compile(channel?.messages[cloudEvent.type]?.payload.schema ?? false);
      expect([ofData(cloudEvent.data), ofData.errors, ofEvent(cloudEvent), ofEvent.errors], event.type).toEqual([true, null, true, null]);
      expect(ofData({ ...cloudEvent.data, name: 'Somebody' }), event.type).toBe(false);
      expect(JSON.stringify(cloudEvent)).not.toMatch(/somebody/i);
    }
  });
});
