import { describe, expect, it } from 'vitest';
import { createLogger, LOG_FORMATS, type LogFormat } from './logging.ts';

/** The lines that a logger of this format writes. */
function linesOf(format: LogFormat, write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(
    createLogger({
      level: 'debug',
      service: 'api',
      build: 'b1',
      format,
      labels: { attemptId: 'attempt_id' },
      destination: { write: (line: string) => void lines.push(line) },
    }),
  );
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe.each(LOG_FORMATS)('secrets in the %s form', (format) => {
  it('are left out wherever they stand, and what stands beside them is not', () => {
    const lines = linesOf(format, (logger) => {
      logger.info({ authorization: 'Bearer secret-1', beside: 'kept-1' }, 'one');
      logger.info({ headers: { authorization: 'Bearer secret-2' }, req: { headers: { authorization: 'secret-3', host: 'kept-2' } } }, 'two');
      logger.warn({ submission: { receipt: 'secret-4', id: 'kept-3' }, config: { DATABASE_URL: 'postgresql://u:secret-5@h/d' } }, 'three');
    });
    const text = JSON.stringify(lines);
    expect(text).not.toContain('secret');
    expect(text.match(/\[redacted\]/g)).toHaveLength(5);
    for (const kept of ['kept-1', 'kept-2', 'kept-3', 'one', 'two', 'three']) expect(text).toContain(kept);
  });
});

describe('the ECS form', () => {
  it('says who wrote the line, when, and of which build', () => {
    const [line] = linesOf('ecs', (logger) => logger.warn({ attemptId: 'a1', tries: 3 }, 'no workflow for this attempt yet'));
    expect(line).toEqual({
      'log.level': 'warn',
      '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      'ecs.version': '8.17.0',
      'service.name': 'certifiable-api',
      'service.version': 'b1',
      'event.dataset': 'certifiable.api',
      message: 'no workflow for this attempt yet',
      labels: { attempt_id: 'a1' },
      certifiable: { tries: 3 },
    });
  });

  it('has a request by the schema’s names, with the pattern of its route and not its path', () => {
    const [line] = linesOf('ecs', (logger) =>
      logger.info(
        { method: 'PUT', route: '/v1/attempts/:attemptId', status: 200, ms: 1.5, requestId: 'r1', attemptId: 'a1', roles: 'grader designated' },
        'request',
      ),
    );
    expect(line).toMatchObject({
      http: { request: { method: 'PUT', id: 'r1' }, response: { status_code: 200 } },
      event: { duration: 1_500_000 },
      labels: { route: '/v1/attempts/:attemptId', attempt_id: 'a1' },
      user: { roles: ['grader', 'designated'] },
    });
    expect(line).not.toHaveProperty('certifiable');
  });

  it('has errors with type, code, causes and stack, under whatever name they are logged', () => {
    const failure = Object.assign(new RangeError('too far', { cause: new Error('no road') }), { code: 'E1' });
    const [first, second, third] = linesOf('ecs', (logger) => {
      logger.error({ err: failure }, 'failed');
      logger.error({ error: failure, workflowId: 'attempt-1' }, 'failed');
      logger.error(failure);
    });
    for (const line of [first, second, third]) {
      expect(line?.['error']).toMatchObject({
        type: 'RangeError',
        code: 'E1',
        message: 'too far: no road',
        stack_trace: expect.stringContaining('logging.test.ts') as string,
      });
    }
    expect(second).toMatchObject({ certifiable: { workflowId: 'attempt-1' } });
    expect(third).toMatchObject({ message: 'too far' });
  });
});

it('the short form stays as it is', () => {
  const [line] = linesOf('json', (logger) => logger.info({ attemptId: 'a1', ms: 1 }, 'request'));
  expect(line).toEqual({ level: 'info', time: expect.any(String) as string, service: 'api', attemptId: 'a1', ms: 1, msg: 'request' });
});
