import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inheritedEnvironment } from '../local/environment.ts';
import { downloadedAttempt, refusalOf, refused, startedAttempt, startTestApi, type Caller, type TestApi } from './support/api.ts';
import { createDatabase } from './support/database.ts';
import { certified } from './support/register.ts';
import { announce, pathOf } from './support/uploads.ts';

/** Small inputs that went wrong in other hands, as they were sent: ../shared/faults, where its README says what each must give. */

const folder = fileURLToPath(new URL('../../shared/faults/', import.meta.url));
const isThere = existsSync(folder);
if (!isThere) console.log('SKIPPED: the inputs of ../shared/faults are not there, and were not sent');

describe.skipIf(!isThere)('the inputs of ../shared/faults (skipped where that folder is absent)', () => {
  let api: TestApi;
  let anybody: Caller;
  let directory: string;
  const bytesOf = (input: string) => readFileSync(join(folder, input));
  const textOf = (input: string) => readFileSync(join(folder, input), 'utf8');

  beforeAll(async () => {
    [api, directory] = await Promise.all([startTestApi(), mkdtemp(join(tmpdir(), 'certifiable-faults-'))]);
    anybody = api.withToken(undefined);
    await api.publish();
  });
  afterAll(async () => {
    await api?.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** What was saved, after an answer that must not be. */
  async function answered(name: string, input: string, headers: Readonly<Record<string, string>>) {
    const candidate = api.as(name, 'candidate');
    const attemptId = await startedAttempt(candidate);
    const { status } = await candidate('PUT', `/v1/attempts/${attemptId}/responses/t1`, new Uint8Array(bytesOf(input)), headers);
    return { status, saved: JSON.stringify((await candidate('GET', `/v1/attempts/${attemptId}/aptitude-test`)).body).includes('�') };
  }

  /** Imports files one after the other into a database of their own, and tells what is in the register then. */
  async function imported(...inputs: readonly string[]) {
    const database = await createDatabase();
    const client = new pg.Client({ connectionString: database.databaseUrl });
    await client.connect();
    try {
      const exitCodes: (number | null)[] = [];
      for (const input of inputs) {
        const file = join(directory, input);
        await writeFile(file, bytesOf(input));
        exitCodes.push(await importFile(file, database.databaseUrl));
      }
      const { rows } = await client.query<{ number: string; name: string }>('SELECT number, name FROM certificate ORDER BY number');
      const { rows: rejections } = await client.query<{ line: number; reason: string }>('SELECT line, reason FROM import_rejection ORDER BY line');
      return { exitCodes, certificates: rows, rejections };
    } finally {
      await client.end();
      await database.drop();
    }
  }

  const tests: Readonly<Record<string, () => Promise<void>>> = {
    'answer-latin1.json': async () => {
      const { status, saved } = await answered('latin1', 'answer-latin1.json', {});
      expect([[400, 422].includes(status), saved]).toEqual([true, false]);
      const designated = api.as('dora', 'designated');
      expect([400, 422]).toContain((await designated('POST', '/v1/exams', new Uint8Array(bytesOf('answer-latin1.json')))).status);
    },
    'answer-utf16-nul.json': async () => {
      for (const charset of ['utf-16', 'utf-16le']) {
        const { status, saved } = await answered(charset, 'answer-utf16-nul.json', { 'content-type': `application/json; charset=${charset}` });
        expect([[415, 422].includes(status), saved]).toEqual([true, false]);
      }
    },
    'deep.json': async () => {
      expect(refusalOf(await anybody('POST', '/v1/register/search', textOf('deep.json')))).toEqual(refused(422, 'validation_failed'));
    },
    'exam-same-option-text.json': async () => {
      const form = textOf('exam-same-option-text.json').replace('EXAM', 'same-options');
      const answer = await api.as('dora', 'designated')('POST', '/v1/exams', form);
      expect(refusalOf(answer)).toEqual(refused(422, 'validation_failed'));
      expect(answer.body.fields).toContainEqual({ path: 'aptitudeTest.items[0].choices[1].text', message: 'reads the same as choice "A"' });
    },
    'import-invisible-number.csv': async () => {
      const { certificates } = await imported('import-invisible-number.csv');
      const seen = certificates.map(({ number }) => number.normalize('NFC').replaceAll(/\p{Cf}/gu, ''));
      expect(seen).toEqual(certificates.map(({ number }) => number));
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(['C-16', 'C-17', 'NÉ-23']);
    },
    'import-nfc.csv': async () => {
      const { exitCodes, certificates } = await imported('import-nfc.csv');
      expect({ exitCodes, certificates }).toEqual({ exitCodes: [0], certificates: [{ number: 'C-22', name: 'José Test' }] });
    },
    'import-nfd-again.csv': async () => {
      const { exitCodes, certificates, rejections } = await imported('import-nfc.csv', 'import-nfd-again.csv');
      expect({ exitCodes, certificates, rejections }).toEqual({
        exitCodes: [0, 0],
        certificates: [{ number: 'C-22', name: 'José Test' }],
        rejections: [],
      });
    },
    'search-nbhyphen.json': async () => {
      const name = 'Ada Test';
      const { certificateId } = await certified(api, { name });
      const shown = textOf('search-nbhyphen.json');
      const search = JSON.parse(shown.replace(/00000000.*000000000000/, certificateId.replaceAll('-', '\u2011')));
      expect(search.certificate).toContain('\u2011');
      expect(await anybody('POST', '/v1/register/search', search)).toMatchObject({ status: 200, body: { certificateId } });
    },
    'presentation.json': async () => {
      const { certificateId, credential } = await certified(api, { name: 'Ada Shown' });
      const presentation = { ...JSON.parse(textOf('presentation.json')), verifiableCredential: [credential] };
      const answer = await anybody('POST', '/v1/register/verification', presentation);
      expect(answer.body).toMatchObject({ result: 'valid', certificate: { certificateId } });
    },
    'tus-override.txt': async () => {
      const [head = '', body = ''] = textOf('tus-override.txt').split(/\r?\n\r?\n/);
      const [request = '', ...lines] = head.split(/\r?\n/);
      const [method = '', path = ''] = request.split(' ');
      const headers = Object.fromEntries(lines.filter(Boolean).map((line) => [line.split(':')[0]?.toLowerCase(), line.split(': ')[1]]));
      const candidate = api.as('tus', 'candidate');
      const attemptId = await downloadedAttempt(api, candidate);
      const announced = await announce(candidate, attemptId, { sha256: '0'.repeat(64), sizeBytes: 100 });
      const upload = pathOf(announced).split('/').at(-1) ?? '';
      const sent = await candidate(method, path.replace('{id}', attemptId).replace('{upload}', upload), body.trimEnd(), headers);
      expect([sent.status, sent.headers.get('upload-offset')]).toEqual([204, '5']);
    },
  };

  it('are each a test', () => {
    const inputs = isThere ? readdirSync(folder).filter((file) => file !== 'README.md') : [];
    expect(Object.keys(tests).toSorted()).toEqual(inputs.toSorted());
  });

  it.each(Object.keys(tests))('%s gives what its README says', async (input) => {
    await tests[input]?.();
  });
});

function importFile(file: string, databaseUrl: string): Promise<number | null> {
  const command = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  return new Promise((resolve) => {
    const env = { ...inheritedEnvironment(), DATABASE_URL: databaseUrl };
    const child = execFile(process.execPath, [command, 'import', 'certificates', file], { env }, () => resolve(child.exitCode));
  });
}
