/** What anybody may ask, and what tells that the parts behind it work: PostgreSQL, Temporal, keys, pages, authentication. */
const REQUESTS: readonly { readonly path: string; readonly status: number; readonly isRight: (body: string) => boolean }[] = [
  { path: '/readyz', status: 200, isRight: (body) => fieldsOf(body)['postgresql'] === 'ok' && fieldsOf(body)['temporal'] === 'ok' },
  { path: '/.well-known/jwks.json', status: 200, isRight: (body) => Array.isArray(fieldsOf(body)['keys']) },
  { path: '/register', status: 200, isRight: (body) => body.includes('<form') },
  { path: '/v1/attempts', status: 401, isRight: (body) => fieldsOf(body)['status'] === 401 },
];

/** A sentence for each answer that is not as it should be. */
export async function smokeProblems(publicUrl: string): Promise<string[]> {
  const answers = await Promise.all(
    REQUESTS.map(async ({ path, status, isRight }) => {
      const address = new URL(path, publicUrl);
      const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(10_000) }).catch((error: unknown) => String(error));
      if (typeof answer === 'string') return [`${path}: ${answer}`];
      const body = await answer.text();
      return answer.status === status && isRight(body) ? [] : [`${path}: ${answer.status} ${body.slice(0, 200)}`];
    }),
  );
  return answers.flat();
}

/** None if it is not JSON: a page of a load balancer, say. */
function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}
