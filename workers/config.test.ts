import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readApiConfig } from '../api/config.ts';
import { readDatabaseConfig } from '../platform/database-settings.ts';
import { readTemporalConfig } from '../platform/temporal/settings.ts';
import { readWorkerConfig } from './config.ts';

const worker = { DATABASE_URL: 'postgresql://u:secret@db/certifiable', RECEIPT_KEYS: '{}', UPLOAD_DIRECTORY: '/data', WORKER_BUILD_ID: 'abc123' };

describe('the configuration', () => {
  it('reports all mistakes at once and quotes no value', () => {
    const wrong = { DATABASE_URL: 'mysql://u:secret@db', API_PORT: '99999', OIDC_ISSUER: 'not a url' };
    expect(() => readApiConfig(wrong)).toThrow(
      /DATABASE_URL: must be a postgresql[\s\S]*RECEIPT_KEYS: is missing[\s\S]*API_PORT[\s\S]*OIDC_ISSUER[\s\S]*OIDC_AUDIENCE: is missing[\s\S]*UPLOAD_DIRECTORY: is missing/,
    );
    expect(() => readApiConfig(wrong)).not.toThrow(/secret/);
  });

  it('fills in what has a sensible default', () => {
    expect(readWorkerConfig(worker)).toMatchObject({
      TEMPORAL_ADDRESS: '127.0.0.1:7233',
      TEMPORAL_NAMESPACE: 'default',
      TEMPORAL_TLS: false,
      DATABASE_POOL_SIZE: 20,
    });
  });

  it('takes build and deployment from the Worker Controller where that runs the pool', () => {
    const controlled = { ...worker, TEMPORAL_WORKER_BUILD_ID: 'def456', TEMPORAL_DEPLOYMENT_NAME: 'certifiable/feedback' };
    expect(readWorkerConfig(controlled)).toMatchObject({ WORKER_BUILD_ID: 'def456', TEMPORAL_DEPLOYMENT_NAME: 'certifiable/feedback' });
    expect(readWorkerConfig(worker)).toMatchObject({ WORKER_BUILD_ID: 'abc123' });
  });

  it('refuses a build id that Temporal would not take', () => {
    expect(() => readWorkerConfig({ ...worker, WORKER_BUILD_ID: 'sha256:abc' })).toThrow(/WORKER_BUILD_ID/);
  });
});

async function secretFile(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'certifiable-secret-')), 'secret');
  await writeFile(path, text);
  return path;
}

describe('a secret', () => {
  it('is read from a file, without the line break that ends it', async () => {
    const path = await secretFile('postgresql://u:secret@db/certifiable\n');
    const { DATABASE_URL: _url, ...others } = worker;
    const config = readWorkerConfig({ ...others, DATABASE_URL_FILE: path });
    expect(config.DATABASE_URL).toBe('postgresql://u:secret@db/certifiable');
    expect(config.secretFiles).toEqual({ DATABASE_URL: path });
  });

  it('is refused when both the variable and the file are given', async () => {
    const path = await secretFile('postgresql://u:secret@db/certifiable');
    expect(() => readWorkerConfig({ ...worker, DATABASE_URL_FILE: path })).toThrow(/DATABASE_URL_FILE: is set, and so is DATABASE_URL/);
  });

  it('that cannot be read is named with its file and why, together with all other mistakes', async () => {
    const empty = await secretFile('\n');
    const read = () => readWorkerConfig({ DATABASE_URL_FILE: '/no/such/file', RECEIPT_KEYS_FILE: empty, UPLOAD_DIRECTORY: '/data' });
    expect(read).toThrow(/DATABASE_URL_FILE: \/no\/such\/file cannot be read \(ENOENT\)/);
    expect(read).toThrow(/RECEIPT_KEYS_FILE: .* is empty/);
    expect(read).toThrow(/WORKER_BUILD_ID: is missing/);
    expect(read).not.toThrow(/DATABASE_URL: is missing/);
  });

  it('of the wrong form is named by its file and never quoted', async () => {
    const path = await secretFile('mysql://u:secret@db/certifiable');
    expect(() => readDatabaseConfig({ DATABASE_URL_FILE: path })).toThrow(/DATABASE_URL_FILE: must be a postgresql/);
    expect(() => readDatabaseConfig({ DATABASE_URL_FILE: path })).not.toThrow(/secret@/);
  });

  it('that a command does not need is not looked for', () => {
    expect(readDatabaseConfig({ DATABASE_URL: worker.DATABASE_URL, RECEIPT_KEYS_FILE: '/no/such/file' }).DATABASE_URL).toBe(worker.DATABASE_URL);
  });

  it('for mutual TLS comes as a pair', async () => {
    const certificate = await secretFile('-----BEGIN CERTIFICATE-----\n');
    expect(() => readTemporalConfig({ TEMPORAL_TLS_CERT_FILE: certificate })).toThrow(/TEMPORAL_TLS_KEY: is missing/);
    expect(() => readTemporalConfig({ TEMPORAL_TLS_CERT_FILE: certificate, TEMPORAL_TLS_KEY: 'x' })).toThrow(/TEMPORAL_TLS_KEY: must be PEM/);
  });
});
