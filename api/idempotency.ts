import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Request } from 'express';
import { Refusal } from '../domain/refusal.ts';
import type { IdempotencyKey } from '../store/context.ts';
import type { IdempotencyKeyStore } from '../store/idempotency-keys.ts';
import { validationFailed } from './problems.ts';

const KEY_PATTERN = /^[\x20-\x7e]{1,200}$/;

/**
 * The request's Idempotency-Key, bound to who asks, to the operation with the ids in its path, and to what is asked: the body
 * and, where there is one, the query. Undefined when there is none. Refuses with `validation_failed` when it is unusable.
 */
export function idempotencyOf(request: Request, actor: { readonly subject: string }): IdempotencyKey | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !KEY_PATTERN.test(key)) {
    throw validationFailed([{ path: 'Idempotency-Key', message: 'must be 1 to 200 printable ASCII characters' }]);
  }
  const { body = null } = request;
  const canonical = canonicalize(Object.keys(request.query).length === 0 ? body : { body, query: request.query }) ?? '';
  return {
    actor: actor.subject,
    operation: `${request.method} ${request.path.toLowerCase()}`,
    key,
    requestHash: createHash('sha256').update(canonical).digest('hex'),
  };
}

/**
 * Does what keeps no answers under a key itself: the key is bound to this request, and another one under it is refused. What
 * is refused on purpose binds nothing; what failed may have happened, and stays bound.
 */
export async function underKey<Result>(
  keys: IdempotencyKeyStore | undefined,
  idempotency: IdempotencyKey | undefined,
  act: () => Promise<Result>,
): Promise<Result> {
  if (!keys || !idempotency) return act();
  await keys.bind(idempotency);
  try {
    const result = await act();
    await keys.keep(idempotency);
    return result;
  } catch (error) {
    if (error instanceof Refusal) await keys.forget(idempotency);
    throw error;
  }
}

/** One short name for a key within its actor and operation; undefined without a key. */
export function nameOfKey(idempotency: IdempotencyKey | undefined): string | undefined {
  if (!idempotency) return undefined;
  const { actor, operation, key, requestHash } = idempotency;
  return createHash('sha256')
    .update(JSON.stringify([actor, operation, key, requestHash]))
    .digest('hex');
}
