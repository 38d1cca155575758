import { setTimeout as pause } from 'node:timers/promises';
import { startCollector, treeOf, type CollectedSpan, type Collector } from './collector.ts';
import { createCast } from '../people/cast.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import { playOneAttempt, publishOneExam } from './one-attempt.ts';
import { readCommandLine } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';

/**
 * `npm run traces`: one attempt on the embedded stack, every process with tracing on, and its traces as trees. They are
 * received by a small OTLP receiver in this process; with `--forward URL` a collector of yours gets the same requests, and
 * what it answers is told.
 */

const THINK_MILLISECONDS = 5000;
const LAST_SPANS_MILLISECONDS = 4000;
/** The requests whose traces are printed, by what they cause. */
const SHOWN = [
  { root: 'POST /v1/attempts', title: 'The registration starts the workflow' },
  { root: 'POST /v1/attempts/:attemptId/aptitude-test/submission', title: 'A submission begins its grading' },
  { root: 'POST /v1/assignments/:assignmentId/completion', title: 'The last mark of the case study leads to the certificate' },
];

const USAGE = 'Usage: npm run traces [-- --forward URL]';

async function main(signal: AbortSignal): Promise<void> {
  const { values } = readCommandLine(USAGE, { options: { forward: { type: 'string' } } });
  const forwarded = { accepted: 0, refused: 0 };
  const collector = await startCollector(values.forward === undefined ? {} : { forward: (body) => forward(values.forward ?? '', body, forwarded) });
  try {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
    await withEmbeddedStack({ environment, log: console.error, signal }, async (stack) => {
      const cast = createCast({ apiUrl: stack.apiUrl, issuerUrl: stack.issuerUrl, signal });
      await publishOneExam(cast);
      const { attemptId } = await playOneAttempt({ cast, thinkMilliseconds: THINK_MILLISECONDS, signal });
      console.error(`attempt ${attemptId} is certified; its last spans are on their way`);
      await pause(LAST_SPANS_MILLISECONDS, undefined, { signal });
    });
    report(collector);
    if (values.forward !== undefined)
      console.log(`\n${values.forward} accepted ${forwarded.accepted} of ${forwarded.accepted + forwarded.refused} exports`);
  } finally {
    await collector.stop();
  }
}

async function forward(endpoint: string, body: string, forwarded: { accepted: number; refused: number }): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const accepted = await fetch(`${endpoint.replace(/\/+$/, '')}/v1/traces`, { method: 'POST', headers, body }).then(
    ({ ok }) => ok,
    () => false,
  );
  forwarded[accepted ? 'accepted' : 'refused'] += 1;
}

function report({ spans }: Collector): void {
  const traces = Map.groupBy(spans, (span) => span.traceId);
  const services = [...new Set(spans.map((span) => span.service))].toSorted();
  console.log(`received ${spans.length} spans in ${traces.size} traces from ${services.join(', ')}`);
  for (const { root, title } of SHOWN) {
    const trace = [...traces.values()].findLast((candidate) => candidate.some((span) => isRoot(span, root)));
    console.log(`\n${title}:\n${trace ? treeOf(trace) : `no trace of ${root} was received`}`);
  }
}

function isRoot(span: CollectedSpan, name: string): boolean {
  return span.parentSpanId === undefined && span.name === name;
}

await runUntilStopped(main);
