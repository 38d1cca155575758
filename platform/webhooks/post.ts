import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { lookUpPublic } from './public-address.ts';
import type { WebhookUrlRules } from './webhook-url.ts';

export type Answer = { readonly status: number; readonly retryAfter: string | undefined };

export type Poster = {
  /**
   * Rejects when there is no answer in time: with a DOMException named TimeoutError, or with the error of the network,
   * whose `code` says what it was. Redirects are answers like any other.
   */
  readonly post: (headers: Readonly<Record<string, string>>, body: string) => Promise<Answer>;
  readonly close: () => void;
};

type PosterOptions = WebhookUrlRules & {
  readonly url: string;
  /** For all of it: the name, the connection, sending, waiting and reading. */
  readonly timeoutSeconds: number;
  readonly maxConnections: number;
};

const MAX_BODY_BYTES = 1024;
/** Below the five seconds after which many servers hang up, since they might while we send. */
const IDLE_MS = 4000;

/**
 * To one URL, over connections that stay open between calls. The URL has passed webhookUrlProblem: an address in it, instead
 * of a name, is never looked up and so not checked here.
 */
export function createPoster({ url, allowPrivateAddresses, timeoutSeconds, maxConnections }: PosterOptions): Poster {
  const isHttps = new URL(url).protocol === 'https:';
  const agentOptions = { keepAlive: true, maxSockets: maxConnections, maxFreeSockets: maxConnections, timeout: IDLE_MS };
  const agent = isHttps ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const request = isHttps ? requestHttps : requestHttp;
  const lookup = allowPrivateAddresses ? {} : { lookup: lookUpPublic };
  return {
    post: (headers, body) =>
      new Promise((resolve, reject) => {
        const signal = AbortSignal.timeout(timeoutSeconds * 1000);
        const sent = request(url, { method: 'POST', headers, agent, signal, ...lookup });
        let answer: Answer | undefined;
        // Once the status is there it has said it all: what becomes of the body changes nothing.
        const settle = (error: unknown) => (answer ? resolve(answer) : reject(signal.aborted ? signal.reason : error));
        sent.on('error', settle);
        sent.on('response', (response) => {
          answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
          response.on('close', settle).on('error', settle);
          discard(response);
        });
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** To its end, so that the connection can be used again; a body that is too long ends the connection. */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) response.destroy();
  });
}
