import { describe, expect, it } from 'vitest';
import { BAD_LINES, BAD_PARAGRAPHS, GOOD_LINES } from '../../test/support/texts.ts';
import { COMMAND_SCHEMAS } from './commands.ts';

const candidate = { subject: 'ada', name: 'Ada' };
const registering = (change: object, examId = 'small') =>
  COMMAND_SCHEMAS['attempt.register'].data.safeParse({ candidate: { ...candidate, ...change }, examId });
const submitting = (change: object) =>
  COMMAND_SCHEMAS['attempt.submit'].data.safeParse({
    attemptId: '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11',
    subject: 'ada',
    responses: { t1: 'text' },
    ...change,
  });

describe('the texts of a command', () => {
  it.each(Object.entries(BAD_LINES))('are refused as a candidate’s name: %s', (_, name) => {
    expect(registering({ name }).success).toBe(false);
  });

  it.each(Object.entries(GOOD_LINES))('are taken as a candidate’s name, in NFC: %s', (_, name) => {
    expect(registering({ name: name.normalize('NFD') }).data?.candidate.name).toBe(name.normalize('NFC'));
  });

  it.each(Object.entries(BAD_PARAGRAPHS))('are refused as subject, locale, address, exam and item: %s', (_, text) => {
    for (const refused of [
      registering({ subject: text }),
      registering({ locale: text }),
      registering({ email: `${text}@example.org` }),
      registering({}, text),
      submitting({ subject: text }),
      submitting({ responses: { [text]: 'x' } }),
    ])
      expect(refused.success).toBe(false);
  });

  it('take the subjects and addresses that tokens have', () => {
    expect(registering({ subject: 'x'.repeat(255), email: 'josé@müller.example', locale: 'de-AT' }).success).toBe(true);
  });
});
