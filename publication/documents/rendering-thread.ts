import { parentPort } from 'node:worker_threads';
import type { FromRendering, ToRendering } from './renderer-aside.ts';
import { createDocumentRenderer } from './renderer.ts';

/** The thread that renders, one document after the other, for as long as its process wants it. */

const renderer = createDocumentRenderer();

function bytesOf(request: ToRendering): Uint8Array {
  switch (request.kind) {
    case 'certificate':
      return renderer.certificate(request.document);
    case 'report':
      return renderer.feedbackReport(request.document);
    case 'explanation':
      return renderer.explanation(request.document);
    case 'item_report':
      return renderer.itemReport(request.document);
    case 'tabled_report':
      return renderer.tabledReport(request.document);
  }
}

function answerTo(request: ToRendering): FromRendering {
  try {
    return { number: request.number, bytes: bytesOf(request) };
  } catch (error) {
    return { number: request.number, problem: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (request: ToRendering) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort?.postMessage(answerTo(request));
});
