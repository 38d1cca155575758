import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** JSON requests to one API as one person, repeated while the way there or the API is down. */

/** The API refused (RFC 9457). `code` is stable; `detail` is for the person who asked. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;

  constructor({ request, status, code, detail }: { request: string; status: number; code: string; detail: string }) {
    super(`${request}: ${status} ${code}: ${detail}`);
    this.name = 'ProblemError';
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

export type HttpOptions = {
  readonly baseUrl: string;
  readonly token: () => Promise<string>;
  /** Ends requests and the pauses between them. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every request that was answered well. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined;
};

export type Answer = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** That the last try took. */
  readonly milliseconds: number;
  /** 1 where nothing had to be repeated. */
  readonly tries: number;
};

export type Method = 'GET' | 'POST' | 'PUT';

/** How long a request may take, and for how long it is repeated. Temporal or a database may be away for half a minute. */
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
const GIVE_UP_MILLISECONDS = 120_000;
const BACKOFF_MILLISECONDS = { first: 100, most: 3000 };

/** Answered, but not with an answer: try again. */
const BUSY_STATUSES = new Set([429, 502, 503, 504]);

/**
 * Sends one request until it is answered. A POST keeps its Idempotency-Key over all tries, so that none of them is done
 * twice. Resolves to the body, or undefined for 204. Throws a ProblemError for a refusal, the signal's reason when
 * aborted, and the last failure when nothing helped.
 */
export async function sendJson(options: HttpOptions, method: Method, path: string, body?: unknown): Promise<unknown> {
  const { baseUrl, token, signal, onAnswer } = options;
  const headers: Record<string, string> = { accept: 'application/json', authorization: `Bearer ${await token()}` };
  if (method === 'POST') headers['idempotency-key'] = randomUUID();
  if (body !== undefined) headers['content-type'] = 'application/json';
  const giveUpAt = Date.now() + GIVE_UP_MILLISECONDS;

  for (let tries = 1; ; tries += 1) {
    signal?.throwIfAborted();
    const sentAt = performance.now();
    const answer = await sendOnce(new URL(path, baseUrl), { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), signal });
    if (answer instanceof Response) {
      if (answer.ok) {
        const content = await contentOf(answer);
        if (content !== unreadable) {
          onAnswer?.({ method, path, status: answer.status, milliseconds: performance.now() - sentAt, tries });
          return content;
        }
      } else {
        const problem = await problemOf(answer, `${method} ${path}`);
        if (!BUSY_STATUSES.has(answer.status) || Date.now() > giveUpAt) throw problem;
      }
    } else {
      signal?.throwIfAborted();
      if (Date.now() > giveUpAt) throw answer;
    }
    await pause(backoff(tries, answer instanceof Response ? answer.headers.get('retry-after') : null), undefined, { signal });
  }
}

/** A document, which may take some seconds to be there. Throws as sendJson does. */
export async function sendForBytes({ baseUrl, token, signal }: HttpOptions, path: string): Promise<ArrayBuffer> {
  const headers = { authorization: `Bearer ${await token()}` };
  const giveUpAt = Date.now() + GIVE_UP_MILLISECONDS;
  for (let tries = 1; ; tries += 1) {
    signal?.throwIfAborted();
    const answer = await sendOnce(new URL(path, baseUrl), { method: 'GET', headers, signal });
    if (answer instanceof Response && answer.ok) return answer.arrayBuffer();
    const problem = answer instanceof Response ? await problemOf(answer, `GET ${path}`) : answer;
    const isFinal = problem instanceof ProblemError && !BUSY_STATUSES.has(problem.status);
    if (isFinal || Date.now() > giveUpAt) throw problem;
    await pause(backoff(tries, null), undefined, { signal });
  }
}

type Sent = { method: Method; headers: Record<string, string>; body?: string; signal: AbortSignal | undefined };

/** The response, or why there is none. */
async function sendOnce(url: URL, { signal, ...request }: Sent): Promise<Response | Error> {
  const timeOut = AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS);
  try {
    return await fetch(url, { ...request, signal: signal ? AbortSignal.any([signal, timeOut]) : timeOut });
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** The connection broke inside the body: what was done is not known, so the request is repeated. */
const unreadable = Symbol('unreadable');

async function contentOf(response: Response): Promise<unknown> {
  try {
    if (response.status === 204) return undefined;
    return await response.json();
  } catch {
    return unreadable;
  }
}

async function problemOf(response: Response, request: string): Promise<ProblemError> {
  const { code, detail, fields } = (await response.json().catch(() => ({}))) as {
    code?: string;
    detail?: string;
    fields?: { path: string; message: string }[];
  };
  const places = (fields ?? []).slice(0, 5).map((field) => ` [${field.path}: ${field.message}]`);
  return new ProblemError({ request, status: response.status, code: code ?? 'unknown', detail: (detail ?? response.statusText) + places.join('') });
}

function backoff(tries: number, retryAfter: string | null): number {
  const asked = Number(retryAfter ?? 0);
  const milliseconds = Math.min(BACKOFF_MILLISECONDS.first * 2 ** (tries - 1), BACKOFF_MILLISECONDS.most);
  return Math.max(Number.isFinite(asked) ? asked * 1000 : 0, milliseconds) * (1 + 0.3 * Math.random());
}
