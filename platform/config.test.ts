import { describe, expect, it } from 'vitest';
import { readApiConfig, readWorkerConfig } from './config.ts';

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

  it('refuses a build id that Temporal would not take', () => {
    expect(() => readWorkerConfig({ ...worker, WORKER_BUILD_ID: 'sha256:abc' })).toThrow(/WORKER_BUILD_ID/);
  });
});
