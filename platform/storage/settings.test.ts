import { describe, expect, it } from 'vitest';
import { storageSettings } from './settings.ts';

const s3 = { STORAGE: 's3', S3_BUCKET: 'certificates', S3_REGION: 'eu-central-1' };
const problemsOf = (environment: Readonly<Record<string, string>>) =>
  storageSettings.schema.safeParse(environment).error?.issues.map((issue) => issue.path.join('.'));

describe('the configuration of the storage', () => {
  it('is a folder unless it says otherwise, and wants what the choice needs', () => {
    expect(storageSettings.schema.parse({ UPLOAD_DIRECTORY: '/data' })).toEqual({ STORAGE: 'file', UPLOAD_DIRECTORY: '/data' });
    expect(storageSettings.schema.parse(s3)).toEqual({ ...s3, S3_FORCE_PATH_STYLE: false, S3_PREFIX: '' });
    expect(problemsOf({})).toEqual(['UPLOAD_DIRECTORY']);
    expect(problemsOf({ STORAGE: 's3', UPLOAD_DIRECTORY: '/data' })).toEqual(['S3_BUCKET', 'S3_REGION']);
    expect(problemsOf({ STORAGE: 'tape' })).toEqual(['STORAGE']);
  });

  it('of Azure Blob wants an account and a container that can be, and no key', () => {
    const azure = { STORAGE: 'azure-blob', AZURE_BLOB_ENDPOINT: 'https://account.blob.core.windows.net', AZURE_BLOB_CONTAINER: 'uploads' };
    expect(storageSettings.schema.parse(azure)).toEqual({ ...azure, AZURE_BLOB_PREFIX: '' });
    expect(problemsOf({ STORAGE: 'azure-blob' })).toEqual(['AZURE_BLOB_ENDPOINT', 'AZURE_BLOB_CONTAINER']);
    expect(problemsOf({ ...azure, AZURE_BLOB_ENDPOINT: 'account' })).toEqual(['AZURE_BLOB_ENDPOINT']);
    for (const name of ['Uploads', 'up', 'up--loads', '-uploads']) {
      expect(problemsOf({ ...azure, AZURE_BLOB_CONTAINER: name }), name).toEqual(['AZURE_BLOB_CONTAINER']);
    }
    expect(problemsOf({ ...azure, AZURE_BLOB_PREFIX: 'certifiable' })).toEqual(['AZURE_BLOB_PREFIX']);
    expect(problemsOf({ ...azure, AZURE_BLOB_KEY: 'no key!' })).toEqual(['AZURE_BLOB_KEY']);
  });

  it('refuses a prefix that would run into the keys, and an endpoint that is no URL', () => {
    expect(problemsOf({ ...s3, S3_PREFIX: 'certifiable' })).toEqual(['S3_PREFIX']);
    expect(problemsOf({ ...s3, S3_PREFIX: '/certifiable/' })).toEqual(['S3_PREFIX']);
    expect(problemsOf({ ...s3, S3_PREFIX: 'team/certifiable/' })).toBeUndefined();
    expect(problemsOf({ ...s3, S3_ENDPOINT: 'minio:9000' })).toEqual(['S3_ENDPOINT']);
  });
});
