import { Worker } from 'node:worker_threads';
import { ISSUER_NAME } from './document-key.ts';
import type { ExplanationDocument } from './explanation.ts';
import type { FeedbackReport } from './feedback-report.ts';
import type { ItemReport } from './item-report.ts';
import type { CertificateDocument } from './renderer.ts';
import type { TabledReport } from './tabled-report.ts';

type Document =
  | { readonly kind: 'certificate'; readonly document: CertificateDocument }
  | { readonly kind: 'report'; readonly document: FeedbackReport }
  | { readonly kind: 'explanation'; readonly document: ExplanationDocument }
  | { readonly kind: 'item_report'; readonly document: ItemReport }
  | { readonly kind: 'tabled_report'; readonly document: TabledReport };

export type ToRendering = Document & { readonly number: number };
export type FromRendering = { readonly number: number } & ({ readonly bytes: Uint8Array } | { readonly problem: string });

/** Too many documents are asked for at once, or the thread that renders ended: the same call may be made again later. */
export class RenderingUnavailable extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'RenderingUnavailable';
  }
}

/** Some seconds of rendering. */
const WAITING_MAX = 50;
/** Of one document; the largest report takes a second of it. */
const DOCUMENT_MILLISECONDS = 20_000;

const THREAD = new URL('rendering-thread.ts', import.meta.url);

const SPECIMEN: CertificateDocument = {
  certificateId: '00000000-0000-4000-8000-000000000000',
  name: 'Specimen',
  examTitle: 'Specimen',
  basisPoints: 8000,
  issuedAt: new Date(0),
  pageUrl: 'https://certifiable.example/register/00000000-0000-4000-8000-000000000000',
  issuerName: ISSUER_NAME,
};

type Waiting = {
  readonly request: ToRendering;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
};

/**
 * The renderer in a thread of its own, which Typst may block while the process goes on answering. It begins with the first
 * document and stays, with its fonts loaded; one that ends or hangs is replaced at the next document.
 */
export function createRendererAside() {
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let underWay: { readonly number: number; readonly timer: NodeJS.Timeout } | undefined;
  let number = 0;

  function started(): Worker {
    // Without an environment: what it renders others wrote.
    const worker = new Worker(THREAD, { env: {} });
    worker.unref();
    worker.on('message', (answer: FromRendering) => settle(answer));
    worker.on('error', () => ended(worker));
    worker.on('exit', () => ended(worker));
    return worker;
  }

  /** Whatever it had in hand, or was to get, is asked for again by whoever wants it. */
  function ended(worker: Worker): void {
    if (worker !== thread) return;
    thread = undefined;
    clearTimeout(underWay?.timer);
    underWay = undefined;
    for (const { reject } of waiting.values()) reject(new RenderingUnavailable('the thread that renders documents ended'));
    waiting.clear();
  }

  function settle(answer: FromRendering): void {
    const asked = waiting.get(answer.number);
    waiting.delete(answer.number);
    clearTimeout(underWay?.timer);
    underWay = undefined;
    if ('bytes' in answer) asked?.resolve(answer.bytes);
    else asked?.reject(new Error(answer.problem));
    next();
  }

  function next(): void {
    const [first] = waiting.values();
    if (underWay !== undefined || !first) return;
    thread ??= started();
    const worker = thread;
    underWay = { number: first.request.number, timer: setTimeout(() => void worker.terminate(), DOCUMENT_MILLISECONDS) };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
    worker.postMessage(first.request);
  }

  function render(document: Document): Promise<Uint8Array> {
    if (waiting.size >= WAITING_MAX) return Promise.reject(new RenderingUnavailable('too many documents are being rendered'));
    number += 1;
    const request = { ...document, number };
    return new Promise((resolve, reject) => {
      waiting.set(request.number, { request, resolve, reject });
      next();
    });
  }

  return {
    /** Loads fonts and templates by rendering a page that nobody gets, so that the first who asks does not wait for that. */
    async warmUp(): Promise<void> {
      await render({ kind: 'certificate', document: SPECIMEN });
    },
    certificate: (document: CertificateDocument) => render({ kind: 'certificate', document }),
    feedbackReport: (document: FeedbackReport) => render({ kind: 'report', document }),
    explanation: (document: ExplanationDocument) => render({ kind: 'explanation', document }),
    itemReport: (document: ItemReport) => render({ kind: 'item_report', document }),
    tabledReport: (document: TabledReport) => render({ kind: 'tabled_report', document }),
    async close(): Promise<void> {
      await thread?.terminate();
    },
  };
}
