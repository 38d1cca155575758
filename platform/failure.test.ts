import { describe, expect, it } from 'vitest';
import { ConfigurationError } from './config.ts';
import { describeFailure, Failure, saysNoRoom } from './failure.ts';

describe('what is told of an error', () => {
  it('is one of ours by its message alone', () => {
    expect(describeFailure(new Failure('Port 80 is taken.', { cause: new Error('EADDRINUSE') }))).toBe('Port 80 is taken.');
    expect(describeFailure(new ConfigurationError(['A: is missing', 'B: is missing']))).toBe(
      'The configuration is not usable:\n  A: is missing\n  B: is missing',
    );
  });

  it('is a defect with its stack and those of its causes', () => {
    const told = describeFailure(new Error('it failed', { cause: new AggregateError([new TypeError('nobody answered')], 'all failed') }));
    expect(told).toMatch(/^Error: it failed\n +at .*failure\.test\.ts/);
    expect(told).toMatch(/\ncaused by AggregateError: all failed\n +at /);
    expect(told).toMatch(/\ncaused by TypeError: nobody answered\n +at /);
  });

  it('is never what an error of a parser carries', () => {
    expect(() => new URL('postgresql://nobody:hunter2@:x')).toThrow(
      expect.objectContaining({ input: expect.stringContaining('hunter2') as string }) as Error,
    );
    try {
      void new URL('postgresql://nobody:hunter2@:x');
    } catch (error) {
      expect(describeFailure(error)).toMatch(/Invalid URL\n +at /);
      expect(describeFailure(error)).not.toContain('hunter2');
    }
  });

  it('is a full disk, and no defect, with what to do', () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write '/data/x'"), { code: 'ENOSPC' });
    const quota = Object.assign(new Error('EDQUOT: disk quota exceeded'), { code: 'EDQUOT' });
    for (const failure of [full, quota, new Error('the stack did not start', { cause: full })]) {
      expect(describeFailure(failure)).toMatch(/The disk is full.*Nothing that was kept is lost: make room/);
      expect(describeFailure(failure)).not.toContain('    at ');
    }
    expect(saysNoRoom('initdb: error: could not write to file: No space left on device')).toBe(true);
    expect(saysNoRoom('initdb: error: could not access directory: Permission denied')).toBe(false);
  });

  it('is something, whatever was thrown', () => {
    expect(describeFailure('no luck')).toBe('no luck');
    expect(describeFailure(undefined)).toBe('undefined');
  });
});
