import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A collector that takes OTLP over HTTP as JSON and keeps the spans. */

export type CollectedSpan = {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly startMilliseconds: number;
  readonly endMilliseconds: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
};

type OtlpValue = { stringValue?: string; intValue?: string | number; boolValue?: boolean; doubleValue?: number };
type OtlpAttribute = { key: string; value: OtlpValue };
type OtlpSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: OtlpAttribute[];
  status?: { code?: number };
};
type OtlpTraces = { resourceSpans?: { resource?: { attributes?: OtlpAttribute[] }; scopeSpans?: { spans?: OtlpSpan[] }[] }[] };

const STATUS_ERROR = 2;

export type Collector = {
  readonly endpoint: string;
  readonly spans: readonly CollectedSpan[];
  /** All that was received, as it came. */
  readonly received: () => string;
  readonly stop: () => Promise<void>;
};

/** `forward`: what another collector gets, too, and answers. */
export async function startCollector({ forward }: { forward?: (body: string) => Promise<void> } = {}): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      bodies.push(body);
      await forward?.(body);
      spans.push(...spansIn(JSON.parse(body) as OtlpTraces));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    received: () => bodies.join('\n'),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function spansIn({ resourceSpans = [] }: OtlpTraces): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const service = String(attributesOf(resource?.attributes)['service.name']);
    return scopeSpans.flatMap((scope) => scope.spans ?? []).map((span) => spanOf(service, span));
  });
}

function spanOf(service: string, span: OtlpSpan): CollectedSpan {
  return {
    service,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === undefined || span.parentSpanId === '' ? undefined : span.parentSpanId,
    name: span.name,
    kind: span.kind,
    startMilliseconds: Number(BigInt(span.startTimeUnixNano) / 1000n) / 1000,
    endMilliseconds: Number(BigInt(span.endTimeUnixNano) / 1000n) / 1000,
    failed: span.status?.code === STATUS_ERROR,
    attributes: attributesOf(span.attributes),
  };
}

function attributesOf(attributes: readonly OtlpAttribute[] = []): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue ?? Number.NaN)]),
  );
}

/** A trace as an indented tree, the earliest first. Spans whose parent is not there are roots. */
export function treeOf(spans: readonly CollectedSpan[]): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const sorted = spans.toSorted((a, b) => a.startMilliseconds - b.startMilliseconds);
  const begin = sorted[0]?.startMilliseconds ?? 0;
  const lines = (parent: string | undefined, depth: number): string[] =>
    sorted
      .filter(({ parentSpanId }) => (parent === undefined ? parentSpanId === undefined || !known.has(parentSpanId) : parentSpanId === parent))
      .flatMap((span) => {
        const at = `${Math.round(span.startMilliseconds - begin)} ms`.padStart(8);
        const took = `${(span.endMilliseconds - span.startMilliseconds).toFixed(1)} ms`.padStart(10);
        return [
          `${at} ${took}  ${'  '.repeat(depth)}${span.name}  [${span.service}]${span.failed ? '  FAILED' : ''}`,
          ...lines(span.spanId, depth + 1),
        ];
      });
  return lines(undefined, 0).join('\n');
}
