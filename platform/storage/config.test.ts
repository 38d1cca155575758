import { describe, expect, it } from 'vitest';
import { storageConfig } from './config.ts';

const s3 = { STORAGE: 's3', S3_BUCKET: 'certificates', S3_REGION: 'eu-central-1' };
const problemsOf = (environment: Readonly<Record<string, string>>) =>
  storageConfig.safeParse(environment).error?.issues.map((issue) => issue.path.join('.'));

describe('the configuration of the storage', () => {
  it('is a folder unless it says otherwise, and wants what the choice needs', () => {
    expect(storageConfig.parse({ UPLOAD_DIRECTORY: '/data' })).toEqual({ STORAGE: 'file', UPLOAD_DIRECTORY: '/data' });
    expect(storageConfig.parse(s3)).toEqual({ ...s3, S3_FORCE_PATH_STYLE: false, S3_PREFIX: '' });
    expect(problemsOf({})).toEqual(['UPLOAD_DIRECTORY']);
    expect(problemsOf({ STORAGE: 's3', UPLOAD_DIRECTORY: '/data' })).toEqual(['S3_BUCKET', 'S3_REGION']);
    expect(problemsOf({ STORAGE: 'tape' })).toEqual(['STORAGE']);
  });

  it('refuses a prefix that would run into the keys, and an endpoint that is no URL', () => {
    expect(problemsOf({ ...s3, S3_PREFIX: 'certifiable' })).toEqual(['S3_PREFIX']);
    expect(problemsOf({ ...s3, S3_PREFIX: '/certifiable/' })).toEqual(['S3_PREFIX']);
    expect(problemsOf({ ...s3, S3_PREFIX: 'team/certifiable/' })).toBeUndefined();
    expect(problemsOf({ ...s3, S3_ENDPOINT: 'minio:9000' })).toEqual(['S3_ENDPOINT']);
  });
});
