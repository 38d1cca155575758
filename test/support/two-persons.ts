import type { Answer, Caller } from './api.ts';

/**
 * Two persons as one caller: what the first asks for and takes two, the second confirms at once. What the operation answered is what comes back, or what the
 * confirmation was refused with.
 */
export function twoPersons(first: Caller, second: Caller): Caller {
  return async (method, path, body, headers) => {
    const asked = await first(method, path, body, headers);
    return isProposed(asked) ? confirmed(second, asked, headers) : asked;
  };
}

function isProposed({ status, body }: Answer): boolean {
  return status === 202 && typeof body.operation === 'string';
}

async function confirmed(second: Caller, asked: Answer, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { 'idempotency-key': _of, ...others } = headers;
  const { id, answer } = asked.body;
  if (answer) return { ...asked, ...answered(answer) };
  const done = await second('POST', `/v1/staff/proposed-acts/${id}/confirmation`, undefined, others);
  return done.status === 200 ? { ...done, ...answered(done.body.answer) } : done;
}

function answered({ status, body }: { status: number; body: string | null }): Pick<Answer, 'status' | 'body'> {
  return { status, body: body === null ? '' : JSON.parse(body) };
}
