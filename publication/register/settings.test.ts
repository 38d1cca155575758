import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registerSettings } from './settings.ts';

/** As platform/config.ts puts parts together: beside other variables, all mistakes at once. */
const schema = z.object({ OTHER: z.string() }).and(registerSettings.schema);
const read = (variables: Record<string, string>) => schema.safeParse({ OTHER: 'x', ...variables });
const mistakes = (variables: Record<string, string>) => read(variables).error?.issues.map((issue) => issue.path.join('.'));

describe('where the register is kept', () => {
  it('is PostgreSQL, if nothing is said', () => {
    expect(read({}).data).toEqual({ OTHER: 'x', register: { kind: 'postgres' } });
  });

  it('is a DynamoDB table in a region', () => {
    const variables = { REGISTER: 'dynamodb', REGISTER_DYNAMODB_TABLE: 'register', REGISTER_DYNAMODB_REGION: 'eu-central-1' };
    expect(read(variables).data?.register).toEqual({ kind: 'dynamodb', table: 'register', region: 'eu-central-1', endpoint: undefined });
  });

  it('is a Cosmos DB container, read from the nearest region', () => {
    const variables = {
      REGISTER: 'cosmos',
      REGISTER_COSMOS_ENDPOINT: 'https://account.documents.azure.com:443/',
      REGISTER_COSMOS_DATABASE: 'certifiable',
      REGISTER_COSMOS_CONTAINER: 'register',
      REGISTER_COSMOS_REGIONS: 'Brazil South, East US',
    };
    expect(read(variables).data?.register).toEqual({
      kind: 'cosmos',
      endpoint: 'https://account.documents.azure.com:443/',
      database: 'certifiable',
      container: 'register',
      key: undefined,
      regions: ['Brazil South', 'East US'],
    });
  });

  it('asks for the companions of the kind that is chosen, and for no others', () => {
    expect(mistakes({ REGISTER: 'dynamodb' })).toEqual(['REGISTER_DYNAMODB_TABLE', 'REGISTER_DYNAMODB_REGION']);
    expect(mistakes({ REGISTER: 'cosmos' })).toEqual(['REGISTER_COSMOS_ENDPOINT', 'REGISTER_COSMOS_DATABASE', 'REGISTER_COSMOS_CONTAINER']);
  });

  it('is none that we do not know', () => {
    expect(mistakes({ REGISTER: 'mongodb' })).toEqual(['REGISTER']);
  });

  it('never has its key quoted', () => {
    const result = read({ REGISTER: 'cosmos', REGISTER_COSMOS_KEY: 'not base64, but secret' });
    expect(z.prettifyError(result.error ?? new z.ZodError([]))).toContain('REGISTER_COSMOS_KEY');
    expect(JSON.stringify(result.error)).not.toContain('but secret');
  });
});
