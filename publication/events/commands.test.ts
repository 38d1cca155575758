import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allowedSourcesShape, COMMAND_SCHEMAS, REPLY_SCHEMAS } from './commands.ts';

describe('the systems whose commands are taken', () => {
  const read = (environment: object) => z.object(allowedSourcesShape).parse(environment).COMMAND_ALLOWED_SOURCES;

  it('are none unless they are named', () => {
    expect(read({})).toEqual([]);
    expect(read({ COMMAND_ALLOWED_SOURCES: ' , ' })).toEqual([]);
  });

  it('are separated by commas', () => {
    expect(read({ COMMAND_ALLOWED_SOURCES: 'https://provider.example/learning, urn:board' })).toEqual([
      'https://provider.example/learning',
      'urn:board',
    ]);
  });
});

describe('a command', () => {
  it('is described as strictly as it is checked', () => {
    expect(z.toJSONSchema(COMMAND_SCHEMAS['attempt.submit'].data, { io: 'input' })).toMatchObject({
      required: ['attemptId', 'subject', 'responses'],
      additionalProperties: false,
      properties: { responses: { minProperties: 1 } },
    });
  });

  it('keeps the name as it was given, but for blanks around', () => {
    const candidate = { subject: 's', name: "  Seán O'Brien 王小明 " };
    expect(COMMAND_SCHEMAS['attempt.register'].data.parse({ candidate, examId: 'e' }).candidate.name).toBe("Seán O'Brien 王小明");
  });
});

describe('a reply', () => {
  it('has no room for personal data', () => {
    const data = { commandId: '1', commandSource: 's', problem: { code: 'not_found', detail: 'No.' } };
    expect(REPLY_SCHEMAS.refused.data.safeParse(data).success).toBe(true);
    expect(REPLY_SCHEMAS.refused.data.safeParse({ ...data, name: 'Ada' }).success).toBe(false);
  });
});
