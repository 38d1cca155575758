import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../domain/refusal.ts';
import { sectionOf } from './documentation.ts';
import { Problem, PROBLEM_CODES, problemOf, statusOf, unavailable } from './problems.ts';

describe('docs/errors.md', async () => {
  const markdown = await readFile(new URL('../docs/errors.md', import.meta.url), 'utf8');

  it.each(PROBLEM_CODES)('explains %s with its status, what to do and an example', (code) => {
    const section = sectionOf(markdown, code);
    expect(section).toMatch(new RegExp(`^## ${code}\n\n${statusOf(code)}[.,]`));
    expect(section).toContain(`"code": "${code}"`);
  });

  it('explains nothing that is no code', () => {
    const headings = [...markdown.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    expect(new Set(headings)).toEqual(new Set(PROBLEM_CODES));
    expect(headings).toHaveLength(PROBLEM_CODES.length);
  });
});

describe('an error becomes a problem that', () => {
  it('shows a refusal with its details', () => {
    const { status, body } = problemOf(new Refusal('wrong_phase', 'Not now.', { phase: 'failed' }), 'r1');
    expect({ status, body }).toEqual({
      status: 409,
      body: {
        type: '/problems/wrong_phase',
        title: 'The attempt is not in the phase for this',
        status: 409,
        detail: 'Not now.',
        code: 'wrong_phase',
        requestId: 'r1',
        phase: 'failed',
      },
    });
  });

  it('reveals nothing of a defect', () => {
    const { status, body } = problemOf(new Error('password=hunter2 at /srv/app/store.ts:7'), 'r1');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|store\.ts/);
  });

  it('never lets details of a refusal replace what every problem has', () => {
    expect(problemOf(new Refusal('not_found', 'No.', { status: 200, code: 'ok' }), 'r1').body).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('says when to try again while the database is away', () => {
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(problemOf(away, 'r1')).toMatchObject({ status: 503, headers: { 'Retry-After': '5' }, body: { code: 'unavailable' } });
    expect(problemOf(unavailable('It'), 'r1').headers).toEqual({ 'Retry-After': '5' });
  });

  it('asks for a bearer token', () => {
    expect(problemOf(new Problem('unauthenticated', 'Who?'), 'r1').headers['WWW-Authenticate']).toMatch(/^Bearer /);
  });
});
