import { describe, expect, it } from 'vitest';
import { brokerError, describeError, errorKind } from './describe-error.ts';

describe('a broker error', () => {
  it('says what went wrong at every depth', () => {
    const cause = new TypeError('bad certificate');
    const error = new AggregateError([new Error('connection 1', { cause }), new Error('connection 2')], 'nobody answered');
    expect(describeError(error)).toBe('AggregateError: nobody answered; Error: connection 1; TypeError: bad certificate; Error: connection 2');
  });

  it('holds nothing that a client attached', () => {
    const attached = Object.assign(new Error('refused'), { request: { headers: { authorization: 'very-secret' } } });
    const error = brokerError('kafka-main', attached);
    expect(error.message).toBe('kafka-main: Error: refused');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('very-secret');
  });

  it('can be told by its kind alone', () => {
    expect(errorKind(Object.assign(new RangeError('Ada'), { code: 'P2002' }))).toBe('RangeError P2002');
    expect(errorKind('Ada')).toBe('unknown error');
  });
});
