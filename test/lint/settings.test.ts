import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { API_SETTINGS } from '../../api/config.ts';
import type { Settings } from '../../platform/config.ts';
import { WORKER_SETTINGS } from '../../workers/config.ts';

/** Every variable that a process reads can be found by who runs it: in docs/settings.md, and where it is deployed. */

type Setting = { readonly readers: string; readonly fallback: string; readonly isSecret: boolean };

const NOT_IN_THE_CHART: Readonly<Record<string, string>> = {
  API_HOST: 'a pod listens on all its addresses',
  OTEL_SERVICE_NAME: 'each process has its own name',
  REGISTER_DYNAMODB_ENDPOINT: 'for a DynamoDB on a developer’s machine',
  TEMPORAL_DEPLOYMENT_NAME: 'the Temporal Worker Controller sets it',
  WEBHOOKS_TO_PRIVATE_ADDRESSES: 'for a machine that has everything on loopback',
  WORKER_HTTP_HOST: 'a pod listens on all its addresses',
  WORKER_HTTP_PORT: 'the port of every pool is the one that the code has',
};

const NOT_IN_COMPOSE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['API_HOST', 'WORKER_HTTP_HOST'].map((name) => [name, 'a container listens on all its addresses'])),
  ...Object.fromEntries(
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_SERVICE_NAME', 'OTEL_TRACES_SAMPLER_ARG'].map((name) => [name, 'one machine has no collector']),
  ),
  TEMPORAL_DEPLOYMENT_NAME: 'there is no Worker Controller',
  WEBHOOKS_TO_PRIVATE_ADDRESSES: 'for a machine that has everything on loopback',
};
/** What compose has a server of its own for. */
const OWN_IN_COMPOSE = /^(STORAGE|(S3|AZURE_BLOB)_.*|REGISTER|REGISTER_(DYNAMODB|COSMOS)_.*|TEMPORAL_(API_KEY|TLS.*))$/;

const repository = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (pattern: string) =>
  globSync(pattern, { cwd: repository })
    .map((file) => readFileSync(`${repository}/${file}`, 'utf8'))
    .join('\n');

const settings = settingsOf({ API: API_SETTINGS, pools: WORKER_SETTINGS });

describe('every setting', () => {
  it('has its row in docs/settings.md, with who reads it and what holds without it', () => {
    const rows = textOf('docs/settings.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').slice(1, 4).join('|').trim());
    const expected = [...settings].map(([name, setting]) => rowOf(name, setting)).toSorted();
    expect(rows).toEqual(expected);
  });

  it('is in the chart, or it is said why not', () => {
    expect(missing(textOf('deploy/helm/certifiable/templates/**/*'), NOT_IN_THE_CHART)).toEqual([]);
  });

  it('is in the compose file, or it is said why not', () => {
    expect(missing(textOf('docker-compose.temporal.yml'), NOT_IN_COMPOSE).filter((name) => !OWN_IN_COMPOSE.test(name))).toEqual([]);
  });

  it('is named nowhere as absent that does not exist, or is there', () => {
    for (const [deployed, excused] of [
      [textOf('deploy/helm/certifiable/templates/**/*'), NOT_IN_THE_CHART],
      [textOf('docker-compose.temporal.yml'), NOT_IN_COMPOSE],
    ] as const) {
      expect(Object.keys(excused).filter((name) => !settings.has(name) || names(deployed, name))).toEqual([]);
    }
  });
});

describe('every variable that compose gives to our processes', () => {
  it('is one that they read', () => {
    const compose = textOf('docker-compose.temporal.yml');
    const ours = [...compose.matchAll(/^x-service-environment:[\s\S]*?\n\n|^ {2}api:[\s\S]*?\n\n/gm)].map(([block]) => block).join('');
    const given = [...ours.matchAll(/^ +([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1] ?? '');
    expect(given.length).toBeGreaterThan(15);
    expect(given.filter((name) => !settings.has(name))).toEqual([]);
  });
});

function missing(deployed: string, excused: Readonly<Record<string, string>>): readonly string[] {
  return [...settings.keys()].filter((name) => !names(deployed, name) && !(name in excused));
}

function names(text: string, name: string): boolean {
  return new RegExp(`(?<![A-Z_])${name}(?![A-Z_])`).test(text);
}

function rowOf(name: string, { readers, fallback, isSecret }: Setting): string {
  return `\`${name}\`${isSecret ? ' (secret)' : ''} | ${readers} | ${fallback}`.trim();
}

type Schema = { readonly properties?: Readonly<Record<string, { default?: string | number | boolean }>>; readonly required?: readonly string[] };

function settingsOf(processes: Readonly<Record<string, readonly Settings<object>[]>>): ReadonlyMap<string, Setting> {
  const found = new Map<string, Setting>();
  for (const [reader, parts] of Object.entries(processes)) {
    for (const { schema, secrets = [] } of parts) {
      for (const [name, fallback] of variablesOf(schema)) {
        const readers = [...new Set([...(found.get(name)?.readers.split(', ') ?? []), reader])].join(', ');
        const known = found.get(name)?.fallback ?? fallback;
        found.set(name, {
          readers,
          fallback: known === fallback ? fallback : `${known} (${fallback || 'none'} for ${reader})`,
          isSecret: secrets.includes(name),
        });
      }
    }
  }
  return found;
}

/** Variables with what holds without them. A choice between kinds has the variables of each. */
function variablesOf(schema: z.ZodType): ReadonlyMap<string, string> {
  const { oneOf, ...whole } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema & { readonly oneOf?: readonly Schema[] };
  const kinds = oneOf ?? [whole];
  const variables = new Map<string, string>();
  for (const { properties = {}, required = [] } of kinds) {
    for (const [name, { default: value }] of Object.entries(properties)) {
      if (variables.get(name)?.startsWith('`')) continue;
      variables.set(name, value !== undefined && value !== '' ? `\`${value}\`` : required.includes(name) && kinds.length === 1 ? 'required' : '');
    }
  }
  return variables;
}
