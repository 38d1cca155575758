import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { createLogger, type Logger } from '../../platform/logging.ts';
import { LOG_LABELS } from '../../workflows/messages.ts';
import { findHelm, repository } from './helm.ts';

/**
 * How logs get to Elasticsearch, against what our logger writes. Neither Filebeat nor Elasticsearch runs here: what is checked is
 * that every option is one of Filebeat's, that the chart gives it what it asks for, and that every field has a mapping that takes it.
 */

type Mapping = { readonly type?: string; readonly dynamic?: boolean; readonly properties?: Readonly<Record<string, Mapping>> };
type Template = {
  readonly index_patterns: readonly string[];
  readonly data_stream: object;
  readonly priority: number;
  readonly template: { readonly lifecycle: { readonly data_retention: string }; readonly mappings: Mapping };
};

const template = JSON.parse(await readFile(new URL('deploy/elk/index-template.json', repository), 'utf8')) as Template;
const mapped = leavesOf(template.template.mappings);

/** Written by Filebeat and Kubernetes, not by us. */
const OF_THE_SHIPPER = /^(kubernetes|container|stream|log\.(offset|file))/;

function leavesOf(mapping: Mapping, path: readonly string[] = []): Map<string, string> {
  if (mapping.type !== undefined) return new Map([[path.join('.'), mapping.type]]);
  return new Map(Object.entries(mapping.properties ?? {}).flatMap(([name, inner]) => [...leavesOf(inner, [...path, name])]));
}

/** Fields of a line by their path, as Filebeat's `expand_keys` and Elasticsearch see them. What is mapped as one stays one. */
function fieldsOf(value: object, path = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const full = path === '' ? name : `${path}.${name}`;
    const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    return isObject && mapped.get(full) !== 'flattened' ? fieldsOf(inner, full) : [[full, inner] as [string, unknown]];
  });
}

function takes(type: string | undefined, value: unknown): boolean {
  const isText = (one: unknown) => typeof one === 'string';
  switch (type) {
    case 'keyword':
    case 'match_only_text':
    case 'wildcard':
      return Array.isArray(value) ? value.every(isText) : isText(value);
    case 'long':
      return Number.isSafeInteger(value);
    case 'short':
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 15;
    case 'date':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value));
    case 'flattened':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return false;
  }
}

/** One line of every shape that our code logs. */
function writeEverything(logger: Logger): void {
  const failure = Object.assign(new RangeError('too far', { cause: new Error('no road') }), { code: 'E1' });
  const numbered = Object.assign(new Error('away'), { code: 57_014 });
  logger.info(
    { method: 'PUT', route: '/v1/attempts/:attemptId', status: 200, ms: 1.26, requestId: 'r1', attemptId: 'a1', roles: 'grader designated' },
    'request',
  );
  logger.info({ method: 'GET', route: 'unmatched', status: 404, ms: 0.4, requestId: 'r2', attemptId: undefined, roles: undefined }, 'request');
  logger.error({ err: failure, requestId: 'r3', code: 'unavailable' }, 'request failed');
  logger.error({ err: numbered, mailId: 'm1' }, 'what became of a mail is not written down yet');
  logger.error({ error: 'a text' }, 'failed');
  logger.error(failure);
  logger.warn({ sink: 'university', eventId: 'e1', tries: 3, afterSeconds: 60, reason: 'refused' }, 'event not taken');
  logger.info({ pools: ['feedback', 'events'], buildId: 'b1' }, 'polling');
  logger.info({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }, 'traced');
  logger.info({ namespace: 'default', taskQueue: 'feedback', workflowId: 'attempt-1', nested: { deep: [1, { er: true }] } }, 'of the SDK');
  logger.info('stopped');
}

function linesInEcs(): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  writeEverything(createLogger({ level: 'debug', service: 'worker-feedback', build: 'b1', format: 'ecs', labels: LOG_LABELS, destination }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the index template', () => {
  it('is of a data stream that keeps a month', () => {
    expect(template.index_patterns).toEqual(['logs-certifiable-*']);
    expect(template.data_stream).toEqual({});
    expect(template.priority).toBeGreaterThan(200); // Elastic's own `logs` has 100, and none of a cluster's own beats this
    expect(template.template.lifecycle.data_retention).toBe('30d');
  });

  it('maps every field that our logger writes, each by a type that takes its values', () => {
    for (const line of linesInEcs()) {
      expect(fieldsOf(line).filter(([name, value]) => !takes(mapped.get(name), value))).toEqual([]);
    }
  });

  it('maps no field that nobody writes', () => {
    const written = new Set(linesInEcs().flatMap((line) => fieldsOf(line).map(([name]) => name)));
    expect([...mapped.keys()].filter((name) => !written.has(name) && !OF_THE_SHIPPER.test(name))).toEqual([]);
  });

  it('does not grow with what is logged: nothing is mapped by itself', () => {
    expect(template.template.mappings.dynamic).toBe(false);
    expect(mapped.get('certifiable')).toBe('flattened');
  });
});

/** Every option that we set, as Elastic's reference spells it. */
const FILEBEAT_OPTIONS = new Set([
  'filebeat.inputs[].type',
  'filebeat.inputs[].id',
  'filebeat.inputs[].paths[]',
  'filebeat.inputs[].prospector.scanner.symlinks',
  'filebeat.inputs[].prospector.scanner.fingerprint.enabled',
  'filebeat.inputs[].file_identity.fingerprint',
  'filebeat.inputs[].parsers[].container',
  'filebeat.inputs[].parsers[].ndjson.target',
  'filebeat.inputs[].parsers[].ndjson.expand_keys',
  'filebeat.inputs[].parsers[].ndjson.overwrite_keys',
  'filebeat.inputs[].parsers[].ndjson.add_error_key',
  'filebeat.inputs[].processors[].add_kubernetes_metadata.host',
  'filebeat.inputs[].processors[].add_kubernetes_metadata.default_indexers.enabled',
  'filebeat.inputs[].processors[].add_kubernetes_metadata.default_matchers.enabled',
  'filebeat.inputs[].processors[].add_kubernetes_metadata.indexers[].container',
  'filebeat.inputs[].processors[].add_kubernetes_metadata.matchers[].logs_path.logs_path',
  'processors[].drop_event.when.equals.log.level',
  'processors[].drop_fields.ignore_missing',
  'processors[].drop_fields.fields[]',
  'setup.template.enabled',
  'setup.ilm.enabled',
  'output.elasticsearch.hosts[]',
  'output.elasticsearch.api_key',
  'output.elasticsearch.ssl.certificate_authorities[]',
  'output.elasticsearch.index',
  'output.elasticsearch.compression_level',
  'queue.mem.events',
  'http.enabled',
  'http.host',
  'logging.level',
  'logging.to_stderr',
]);

function optionsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((inner) => optionsOf(inner, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) => optionsOf(inner, path === '' ? name : `${path}.${name}`));
}

const filebeat = await readFile(new URL('deploy/helm/filebeat/files/filebeat.yml', repository), 'utf8');

describe("Filebeat's configuration", () => {
  it('has no option that Filebeat does not know', () => {
    expect([...new Set(optionsOf(parse(filebeat)))].filter((option) => !FILEBEAT_OPTIONS.has(option))).toEqual([]);
  });

  it('reads containers of one namespace, decodes what our logger writes, and leaves out what is for debugging', () => {
    const { 'filebeat.inputs': inputs, processors } = parse(filebeat) as {
      'filebeat.inputs': readonly { paths: readonly string[]; parsers: readonly object[] }[];
      processors: readonly object[];
    };
    expect(inputs).toHaveLength(1);
    expect(inputs[0]?.paths).toEqual(['/var/log/containers/*_${LOGS_OF}_*.log']);
    expect(inputs[0]?.parsers.flatMap((parser) => Object.keys(parser))).toEqual(['container', 'ndjson']);
    expect(processors[0]).toEqual({ drop_event: { when: { equals: { 'log.level': 'debug' } } } });
  });

  it('writes where the template applies', () => {
    const { 'output.elasticsearch': output } = parse(filebeat) as { 'output.elasticsearch': { index: string } };
    const pattern = new RegExp(`^${template.index_patterns[0]?.replace('*', '.+')}$`);
    expect(output.index.replace('${ENVIRONMENT}', 'aws-production')).toMatch(pattern);
  });
});

const helm = await findHelm();
const run = promisify(execFile);

type Rendered = {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly { readonly verbs: readonly string[]; readonly resources: readonly string[] }[];
  readonly spec?: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [
          { readonly image: string; readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[] },
        ];
      };
    };
  };
};

// Skipped without a helm: `npm run check:deploy -- --install helm` puts one where it is looked for.
describe.skipIf(helm === undefined)('its chart', () => {
  const chart = fileURLToPath(new URL('deploy/helm/filebeat/', repository));
  const digest = `sha256:${'0'.repeat(64)}`;
  const render = async (...sets: readonly string[]) => {
    const { stdout } = await run(helm ?? '', ['template', 'filebeat', chart, ...sets.flatMap((set) => ['--set', set])]);
    return parseAllDocuments(stdout).map((document) => document.toJS() as Rendered);
  };
  const complete = [`image.digest=${digest}`, 'environment=aws-production', 'elasticsearch.url=https://logs.example:9243'];

  it.each(complete.map((set) => set.split('=')[0] ?? ''))('cannot be installed without %s', async (left) => {
    await expect(render(...complete.filter((set) => !set.startsWith(left)))).rejects.toThrow(left);
  });

  it('gives the configuration every variable that it asks for, and the key from a Secret alone', async () => {
    const manifests = await render(...complete);
    const container = manifests.find(({ kind }) => kind === 'DaemonSet')?.spec?.template.spec.containers[0];
    const asked = [...filebeat.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
    expect(container?.env.map(({ name }) => name).toSorted()).toEqual([...new Set(asked)].toSorted());
    expect(container?.env.find(({ name }) => name === 'ELASTICSEARCH_API_KEY')).toEqual({
      name: 'ELASTICSEARCH_API_KEY',
      valueFrom: { secretKeyRef: { name: 'filebeat-elasticsearch', key: 'api-key' } },
    });
    expect(container?.image).toBe(`docker.elastic.co/beats/filebeat@${digest}`);
    expect(parse(manifests.find(({ kind }) => kind === 'ConfigMap')?.data?.['filebeat.yml'] ?? '')).toEqual(parse(filebeat));
  });

  it('may look at pods and nodes, and change nothing', async () => {
    const rules = (await render(...complete)).flatMap(({ rules = [] }) => rules);
    expect(rules.length).toBeGreaterThan(0);
    for (const { verbs, resources } of rules) {
      expect(verbs).toEqual(['get', 'list', 'watch']);
      expect(resources).not.toContain('secrets');
    }
  });
});
