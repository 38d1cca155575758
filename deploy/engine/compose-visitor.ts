import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { JSONWebKeySet } from 'jose';
import { requestToken, type Person } from '../../local/tokens.ts';
import { verifyReceipt } from '../../publication/receipts.ts';
import type { Doors } from './doors.ts';

/**
 * Somebody in the middle of an aptitude test while containers are killed: saves an answer again and again, never repeats a request, and
 * so sees whatever a person's page would have to bear.
 */

const EXAM = new URL('../../exams/software-architect.json', import.meta.url);
const EXAM_ID = 'software-architect';
const SAVE_MILLISECONDS = 250;
const SAVE_TIMEOUT_MILLISECONDS = 10_000;
const TOKEN_SECONDS = 2 * 60 * 60;

type Ask = <Body>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => Promise<Body>;

class Refused extends Error {
  /** For a person who counts such refusals: the status, and of whom the API says that they are away. */
  readonly inWords: string;

  constructor(request: string, status: number, body: string) {
    super(`${request}: ${status} ${body}`);
    const who = /"detail":"(The [^"]*?) is not available/.exec(body)?.[1];
    this.inWords = who === undefined ? String(status) : `${status}: ${who}`;
  }
}

/** As a person with a browser sees it: the status, or what became of the connection. */
function inWords(error: unknown): string {
  if (error instanceof Refused) return error.inWords;
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer in ${SAVE_TIMEOUT_MILLISECONDS / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? `connection: ${String(cause.code)}` : 'connection lost';
}

/** Whether the next request goes by the connection of the one before. */
export type Connections = 'kept' | 'anew';

/** As one person; throws for whatever is not answered well. */
async function asking({ apiUrl, issuerUrl }: Doors, person: Person, connections: Connections = 'kept'): Promise<Ask> {
  const token = await requestToken(issuerUrl, { ...person, expiresInSeconds: TOKEN_SECONDS });
  return async <Body>(method: string, path: string, body?: unknown) => {
    const response = await fetch(new URL(path, apiUrl), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(connections === 'anew' ? { connection: 'close' } : {}),
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(SAVE_TIMEOUT_MILLISECONDS),
    });
    if (!response.ok) throw new Refused(`${method} ${path}`, response.status, await response.text());
    return (await response.json()) as Body;
  };
}

/** At once where one person may, and else as two do it. */
export async function publishExam(doors: Doors): Promise<void> {
  const [first, second] = await Promise.all([
    asking(doors, { subject: 'visitor-examiner', name: 'Esra Examiner', roles: ['grader', 'designated'] }),
    asking(doors, { subject: 'visitor-staff', name: 'Stan Staff', roles: ['staff'] }),
  ]);
  const form: unknown = JSON.parse(await readFile(EXAM, 'utf8'));
  try {
    await first('POST', '/v1/exams', form);
  } catch (error) {
    if (!(error instanceof Refused && error.message.includes('second_person_needed'))) throw error;
    const { id } = await first<{ id: string }>('POST', '/v1/exam-proposals', { form, reason: 'For people in a test.' });
    await second('POST', `/v1/exam-proposals/${id}/publication`);
  }
}

type Attempt = { readonly id: string };
type Test = {
  readonly items: readonly { readonly id: string; readonly type: string }[];
  readonly responses: readonly { readonly itemId: string; readonly value: string; readonly sequence: number }[];
};
type Submission = { readonly receipt: string };

/** An attempt in its aptitude test. */
export type Sitting = {
  readonly attemptId: string;
  readonly save: (sequence: number) => Promise<void>;
  /** Of the last save that the API has; 0 for none. Throws if it is not the answer that was saved then. */
  readonly kept: () => Promise<number>;
  readonly submit: () => Promise<string>;
  readonly receipts: () => Promise<readonly string[]>;
};

export async function sitDown(doors: Doors, name: string, connections: Connections = 'kept'): Promise<Sitting> {
  const ask = await asking(doors, { subject: `visitor-${name.toLowerCase()}`, name, roles: ['candidate'] }, connections);
  const { id } = await ask<Attempt>('POST', '/v1/attempts', { examId: EXAM_ID });
  const path = `/v1/attempts/${id}`;
  const { items } = await ask<Test>('POST', `${path}/aptitude-test`);
  const itemId = items.find(({ type }) => type === 'text')?.id;
  if (itemId === undefined) throw new Error('the test asks for no text');
  const answer = (sequence: number) => `What I know by now, ${sequence}.`;
  return {
    attemptId: id,
    save: async (sequence) => void (await ask('PUT', `${path}/responses/${itemId}`, { value: answer(sequence), sequence })),
    kept: async () => {
      const { responses } = await ask<Test>('GET', `${path}/aptitude-test`);
      const response = responses.find((one) => one.itemId === itemId);
      if (response && response.value !== answer(response.sequence)) throw new Error(`the answer kept is ${JSON.stringify(response)}`);
      return response?.sequence ?? 0;
    },
    submit: async () => (await ask<Submission>('POST', `${path}/aptitude-test/submission`)).receipt,
    receipts: async () => (await ask<{ submissions: readonly Submission[] }>('GET', `${path}/submissions`)).submissions.map(({ receipt }) => receipt),
  };
}

type Assignment = { readonly id: string };

/** The attempts that wait for graders: their workflow has opened an assignment. */
export async function waitingForGraders(doors: Doors): Promise<ReadonlySet<string>> {
  const ask = await asking(doors, { subject: 'visitor-staff', name: 'Stan Staff', roles: ['staff'] });
  const { assignments } = await ask<{ assignments: readonly Assignment[] }>('GET', '/v1/staff/assignments?state=open&limit=100');
  const attempts = assignments.map(({ id }) => ask<{ attemptId: string }>('GET', `/v1/staff/assignments/${id}/attempt`));
  return new Set((await Promise.all(attempts)).map(({ attemptId }) => attemptId));
}

/** Throws unless it is signed by a key that the API publishes. */
export async function verified(receipt: string, { apiUrl }: Doors): Promise<void> {
  const keys = (await (await fetch(new URL('/.well-known/jwks.json', apiUrl))).json()) as JSONWebKeySet;
  await verifyReceipt(receipt, keys);
}

export type Seen = {
  readonly saved: number;
  readonly refused: number;
  /** What those got instead, and how often. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Between two saves that were acknowledged. */
  readonly longestSeconds: number;
};

export type Visitor = {
  /** Since it was asked last. */
  readonly seen: () => Seen;
  /** Saves acknowledged and not kept; ends it. */
  readonly leave: () => Promise<number>;
};

/** Saves without end. */
export function visit(sitting: Sitting): Visitor {
  const leaving = new AbortController();
  let [saved, refused, longest] = [0, 0, 0];
  let refusals: Record<string, number> = {};
  let [acknowledged, acknowledgedAt] = [0, Date.now()];
  const saving = (async () => {
    for (let sequence = 1; !leaving.signal.aborted; sequence += 1) {
      try {
        await sitting.save(sequence);
        acknowledged = sequence;
        saved += 1;
        longest = Math.max(longest, Date.now() - acknowledgedAt);
        acknowledgedAt = Date.now();
      } catch (error) {
        refused += 1;
        const what = inWords(error);
        refusals[what] = (refusals[what] ?? 0) + 1;
      }
      await pause(SAVE_MILLISECONDS, undefined, { signal: leaving.signal }).catch(() => undefined);
    }
  })();
  return {
    seen: () => {
      const found = { saved, refused, refusals, longestSeconds: Math.round(Math.max(longest, Date.now() - acknowledgedAt) / 100) / 10 };
      [saved, refused, longest] = [0, 0, 0];
      refusals = {};
      return found;
    },
    leave: async () => {
      leaving.abort();
      await saving;
      return Math.max(0, acknowledged - (await sitting.kept()));
    },
  };
}
