import { Webhook } from 'standardwebhooks';
import { CLOUD_EVENT_CONTENT_TYPE, type CloudEvent, type EventSink, type SendResult } from '../brokers/event-sink.ts';
import { createLanes } from '../brokers/lanes.ts';
import { createPoster, type Answer } from './post.ts';
import { NOT_PUBLIC } from './public-address.ts';
import { isWebhookSecret } from './webhook-secret.ts';
import { webhookUrlProblem, type WebhookUrlRules } from './webhook-url.ts';

/**
 * Sends events to somebody's URL, signed as Standard Webhooks says: one POST an event, with the event's id as the
 * webhook's, the same in every try.
 */

export type WebhookSinkOptions = WebhookUrlRules & {
  readonly name: string;
  readonly url: string;
  /** The current one first, then, while it is being changed, the previous one: each signs. "whsec_" and base64. */
  readonly secrets: readonly string[];
  /** For one event, from resolving the name to the end of the answer. */
  readonly timeoutSeconds?: number;
};

const MAX_AT_ONCE = 8;
const LONGEST_RETRY_AFTER_SECONDS = 24 * 60 * 60;

/**
 * Events of one key go one after the other, those of different keys at once. An event that failed holds back the later
 * ones of its key; a receiver that is away or asks for a pause, all that have not been sent. Those come back as skipped.
 *
 * Throws a TypeError, which quotes neither secret nor URL, when one of them is unusable.
 */
export function createWebhookSink({ name, url, secrets, allowPrivateAddresses, timeoutSeconds = 10 }: WebhookSinkOptions): EventSink {
  const problem = webhookUrlProblem(url, { allowPrivateAddresses });
  if (problem !== undefined) throw new TypeError(`Webhook ${name}: ${problem}`);
  if (secrets.length === 0) throw new TypeError(`Webhook ${name}: it needs a secret.`);
  const signers = secrets.map((secret) => signerOf(secret, name));
  const poster = createPoster({ url, allowPrivateAddresses, timeoutSeconds, maxConnections: MAX_AT_ONCE });
  const underWay = new Set<Promise<unknown>>();

  const deliver = async (event: CloudEvent): Promise<Delivery> => {
    const body = JSON.stringify(event);
    try {
      return fromAnswer(await poster.post(signedHeaders(event.id, body, signers), body));
    } catch (error) {
      return { result: { kind: isAway(error) ? 'skipped' : 'failed', reason: noAnswerReason(error, timeoutSeconds) }, pausesAll: true };
    }
  };

  return {
    name,
    async send(events) {
      const sending = sendInOrder(events, deliver);
      underWay.add(sending);
      try {
        return await sending;
      } finally {
        underWay.delete(sending);
      }
    },
    async close() {
      await Promise.allSettled(underWay);
      poster.close();
    },
  };
}

type Delivery = {
  readonly result: SendResult;
  /** It says something about the receiver, not about this event. */
  readonly pausesAll: boolean;
};

async function sendInOrder(events: readonly CloudEvent[], deliver: (event: CloudEvent) => Promise<Delivery>): Promise<readonly SendResult[]> {
  const lanes = createLanes({ slots: MAX_AT_ONCE });
  const results: SendResult[] = [];
  const failures = new Map<string, SendResult>();
  let failureOfAll: SendResult | undefined;
  for (const [index, event] of events.entries()) {
    const key = event.partitionkey;
    const work = async () => {
      const before = failureOfAll ?? failures.get(key);
      if (before) {
        results[index] = notTried(before);
        return;
      }
      const { result, pausesAll } = await deliver(event);
      results[index] = result;
      if (result.kind === 'failed' || result.kind === 'skipped') failures.set(key, result);
      if (pausesAll) failureOfAll ??= result;
    };
    lanes.add(key, () => lanes.inSlot(work));
  }
  await lanes.idle();
  return results;
}

function notTried(before: SendResult): SendResult {
  return { ...before, kind: 'skipped', reason: 'not tried: an earlier event could not be delivered' };
}

function signerOf(secret: string, name: string): Webhook {
  if (!isWebhookSecret(secret)) throw new TypeError(`Webhook ${name}: a secret must be whsec_ and base64 of 24 to 64 bytes.`);
  return new Webhook(secret);
}

function signedHeaders(id: string, body: string, signers: readonly Webhook[]): Readonly<Record<string, string>> {
  const time = new Date();
  return {
    'content-type': CLOUD_EVENT_CONTENT_TYPE,
    'user-agent': 'Certifiable-Webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(time.getTime() / 1000)),
    'webhook-signature': signers.map((signer) => signer.sign(id, time, body)).join(' '),
  };
}

/** Standard Webhooks: 2xx is success, 410 asks to be called no more. All else may be mended by the receiver. */
function fromAnswer({ status, retryAfter }: Answer): Delivery {
  if (status >= 200 && status < 300) return { result: { kind: 'sent' }, pausesAll: false };
  if (status === 410) {
    const reason = 'HTTP 410: the receiver wants no more events; disable this webhook';
    return { result: { kind: 'rejected', reason }, pausesAll: false };
  }
  const pauseSeconds = retryAfterSeconds(retryAfter);
  const pausesAll = pauseSeconds !== undefined || status === 429 || status === 503;
  const reason = isRedirect(status) ? `HTTP ${status}: redirects are not followed; give the URL that they lead to` : `HTTP ${status}`;
  const result = {
    kind: pausesAll ? 'skipped' : 'failed',
    reason,
    ...(pauseSeconds === undefined ? {} : { retryAfterSeconds: pauseSeconds }),
  } as const;
  return { result, pausesAll };
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** Seconds or a date (RFC 9110); at most a day, so that a receiver's mistake ends by itself. */
function retryAfterSeconds(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), LONGEST_RETRY_AFTER_SECONDS);
}

/** No fault of the event. A receiver that hangs, or answers what is no HTTP, may do so because of it: that counts as a try. */
function isAway(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: unknown };
  return name !== 'TimeoutError' && typeof code === 'string' && !code.startsWith('HPE_');
}

/** Only codes: messages of the network name addresses. */
function noAnswerReason(error: unknown, timeoutSeconds: number): string {
  const { name, code } = error as { name?: string; code?: unknown };
  if (name === 'TimeoutError') return `no answer within ${timeoutSeconds} s`;
  if (code === NOT_PUBLIC) return 'the name leads to an address that is not public';
  return `no answer: ${typeof code === 'string' ? code : (name ?? 'unknown error')}`;
}
