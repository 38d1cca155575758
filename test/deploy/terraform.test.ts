import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { referencesInTemplate } from '../../deploy/terraform/hcl.ts';
import { readConfiguration, type Block, type Body, type Module } from '../../deploy/terraform/configuration.ts';
import type { Field, Fields, Kind, Schema } from '../../deploy/terraform/schemas/extract.ts';

/**
 * deploy/terraform without Terraform: every file is HCL, every argument one that the provider's resource takes, every required
 * one there, and every reference leads to something. What only a plan would show (values, permissions, quotas) stays unseen.
 */

const modules = await readConfiguration();
const byPath = new Map(modules.map((module) => [module.path, module]));
const schemas = await Promise.all(['aws', 'azurerm'].map(readSchema));
const kinds: ReadonlyMap<string, Kind> = new Map(schemas.flatMap((schema) => Object.entries(schema.kinds)));

async function readSchema(name: string): Promise<Schema> {
  return JSON.parse(await readFile(new URL(`../../deploy/terraform/schemas/${name}.json`, import.meta.url), 'utf8')) as Schema;
}

const eachModule = modules.map((module) => [module.path, module] as const);
const addressOf = ({ mode, type, name }: Block) => [...(mode === 'resource' ? [] : [mode]), type, name].join('.');

/** Terraform's own, in any block. */
const META_ARGUMENTS: ReadonlySet<string> = new Set(['count', 'for_each', 'provider', 'depends_on', 'lifecycle', 'provisioner', 'connection', 'id']);

describe('the arguments', () => {
  it.each(eachModule)('of %s are those of the provider, and none that it requires is missing', (_path, module) => {
    const problems = module.blocks.flatMap((block) => {
      const kind = kinds.get(`${block.mode}.${block.type}`);
      if (kind === undefined) return [`${addressOf(block)}: no schema; run deploy/terraform/schemas/extract.ts`];
      return problemsOf(block.body, { fields: kind.arguments, place: addressOf(block), isOutermost: true });
    });
    expect(problems).toEqual([]);
  });

  it('are found out when they are wrong', () => {
    const fields: Fields = { name: { required: true }, rule: { block: { id: { required: true }, days: {} } } };
    const problems = (body: Body) => problemsOf(body, { fields, place: 'x', isOutermost: true });
    expect(problems({ name: 'a', rule: [{ id: 'b' }, { id: 'c', days: 3 }], count: 2 })).toEqual([]);
    expect(problems({ rule: [{ id: 'b', dayz: 3 }] })).toEqual(['x: name is missing', 'x.rule: dayz is no argument']);
    expect(problems({ name: 'a', dynamic: { rule: [{ for_each: '${var.rules}', content: [{ days: 1 }] }] } })).toEqual(['x.rule: id is missing']);
    expect(problems({ name: 'a', dynamic: { rules: [{ for_each: '${var.rules}', content: [{}] }] } })).toEqual(['x: rules is no argument']);
  });
});

type Place = { readonly fields: Fields; readonly place: string; readonly isOutermost?: boolean };

function problemsOf(body: Body, { fields, place, isOutermost = false }: Place): readonly string[] {
  const given = [
    ...Object.entries(body).filter(([name]) => name !== 'dynamic' && !(isOutermost && META_ARGUMENTS.has(name))),
    ...dynamicBlocks(body),
  ];
  const missing = Object.entries(fields).filter(([name, field]) => field.required && !given.some(([other]) => other === name));
  return [
    ...missing.map(([name]) => `${place}: ${name} is missing`),
    ...given.flatMap(([name, value]) => {
      const field = fields[name];
      return field === undefined ? [`${place}: ${name} is no argument`] : problemsWithin(value, field, `${place}.${name}`);
    }),
  ];
}

function dynamicBlocks(body: Body): readonly (readonly [string, unknown])[] {
  const dynamic = (body['dynamic'] ?? {}) as Readonly<Record<string, readonly { readonly content: readonly Body[] }[]>>;
  return Object.entries(dynamic).flatMap(([name, blocks]) => blocks.map(({ content }) => [name, content] as const));
}

/** A block comes as a list of bodies, an object as one; an expression is Terraform's business. */
function problemsWithin(value: unknown, { block }: Field, place: string): readonly string[] {
  if (block === undefined || typeof value !== 'object' || value === null) return [];
  return (Array.isArray(value) ? value : [value]).flatMap((body) =>
    typeof body === 'object' && body !== null ? problemsOf(body as Body, { fields: block, place }) : [],
  );
}

describe('the references', () => {
  it.each(eachModule)('of %s all lead to something', async (_path, module) => {
    const references = await referencesOf(module);
    const problems = references.filter(({ value, roots }) => !isResolved(value, { module, roots })).map(({ value }) => value);
    expect(problems).toEqual([]);
  });

  it.each(eachModule)('of %s use every variable and every local', async (_path, module) => {
    const used = new Set((await referencesOf(module)).map(({ value }) => value.split('.').slice(0, 2).join('.')));
    // Validation of a variable by itself is no use of it.
    const declared = [...[...module.variables.keys()].map((name) => `var.${name}`), ...Object.keys(module.locals).map((name) => `local.${name}`)];
    expect(declared.filter((name) => !used.has(name))).toEqual([]);
  });

  it('are found out when they lead nowhere', () => {
    const module = byPath.get('modules/aws/environment');
    if (!module) throw new Error('it is not there');
    const resolves = (value: string) => isResolved(value, { module, roots: [] });
    expect(
      ['var.host', 'module.network.vpc_id', 'local.name', 'data.aws_caller_identity.current.account_id'].filter((value) => !resolves(value)),
    ).toEqual([]);
    const wrong = [
      'var.hosts',
      'module.network.vpc',
      'module.net.vpc_id',
      'local.nam',
      'data.aws_caller_identity.current.account',
      'aws_vpc.this.id',
      'rule.value',
    ];
    expect(wrong.filter(resolves)).toEqual([]);
  });
});

type Reference = { readonly value: string; /** Names that an enclosing dynamic block gives. */ readonly roots: readonly string[] };

async function referencesOf({ path, blocks, modules, outputs, locals, providers, variables }: Module): Promise<readonly Reference[]> {
  const bodies: unknown[] = [
    ...blocks.map(({ body }) => body),
    ...modules.map(({ body }) => body),
    ...[...outputs.values()].map((body) => body['value']),
    locals,
    providers,
  ];
  const validations = [...variables.values()].flatMap((body) => body['validation'] ?? []);
  const found: Reference[] = [];
  for (const body of bodies) await collect(body, { path, roots: [], found });
  const inValidations: Reference[] = [];
  for (const body of validations) await collect(body, { path, roots: [], found: inValidations });
  return [...found, ...inValidations.filter(({ value }) => !value.startsWith('var.'))];
}

async function collect(
  value: unknown,
  scope: { readonly path: string; readonly roots: readonly string[]; readonly found: Reference[] },
): Promise<void> {
  if (typeof value === 'string') {
    if (!value.includes('${')) return;
    const references = await referencesInTemplate(scope.path, value);
    scope.found.push(...references.map((reference) => ({ value: reference, roots: scope.roots })));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, field] of Object.entries(value)) {
    // depends_on and ignore_changes name things and do not read them.
    if (name === 'ignore_changes') continue;
    if (name !== 'dynamic') await collect(field, scope);
    else for (const [label, blocks] of Object.entries(field as object)) await collect(blocks, { ...scope, roots: [...scope.roots, label] });
  }
}

const BUILT_IN_ROOTS: ReadonlySet<string> = new Set(['each', 'count', 'self', 'path', 'terraform']);

function isResolved(value: string, { module, roots }: { readonly module: Module; readonly roots: readonly string[] }): boolean {
  const [root = '', first = '', second = '', third = ''] = value.split('.').map((part) => part.replaceAll('"', ''));
  if (BUILT_IN_ROOTS.has(root) || roots.includes(root)) return true;
  switch (root) {
    case 'var':
      return module.variables.has(first);
    case 'local':
      return first in module.locals;
    case 'module': {
      const call = module.modules.find(({ name }) => name === first);
      return call !== undefined && (second === '' || (byPath.get(call.source)?.outputs.has(second) ?? false));
    }
    case 'data':
    case 'ephemeral':
      return isAttribute(module, { mode: root, type: first, name: second, rest: [third, ...value.split('.').slice(4)] });
    default:
      return isAttribute(module, { mode: 'resource', type: root, name: first, rest: value.split('.').slice(2) });
  }
}

function isAttribute(
  module: Module,
  { mode, type, name, rest }: Pick<Block, 'mode' | 'type' | 'name'> & { readonly rest: readonly string[] },
): boolean {
  const isThere = module.blocks.some((block) => block.mode === mode && block.type === type && block.name === name);
  // After an index of count or for_each, or a splat.
  const attribute = rest.find((part) => part !== '' && !/^(\d+|".*"|\*|each|count|key|index|\[.*\])$/.test(part));
  if (!isThere || attribute === undefined) return isThere;
  const kind = kinds.get(`${mode}.${type}`);
  return attribute === 'id' || kind === undefined || attribute in kind.arguments || kind.attributes.includes(attribute);
}

describe('a call of a module', () => {
  const calls = modules.flatMap((module) => module.modules.map((call) => [`${module.path}: ${call.name}`, call] as const));

  it.each(calls)('%s gives each variable that has no default, and none that is not there', (_name, { source, body }) => {
    const called = byPath.get(source);
    if (!called) throw new Error(`${source} is not there`);
    const given = Object.keys(body).filter((name) => !['source', 'providers', 'count', 'for_each', 'depends_on'].includes(name));
    const required = [...called.variables].filter(([, variable]) => !('default' in variable)).map(([name]) => name);
    expect(given.filter((name) => !called.variables.has(name))).toEqual([]);
    expect(required.filter((name) => !given.includes(name))).toEqual([]);
  });

  it('reaches every module', () => {
    const reached = new Set(calls.map(([, { source }]) => source));
    expect(modules.map(({ path }) => path).filter((path) => path.startsWith('modules/') && !reached.has(path))).toEqual([]);
  });
});

describe('what must not happen', () => {
  it.each(eachModule)('in %s: a provider of any version', (_path, { terraform }) => {
    const body = Object.assign({}, ...terraform) as {
      required_version?: string;
      required_providers?: readonly Record<string, { version: string }>[];
    };
    expect(body.required_version).toBe('>= 1.11');
    const versions = Object.values(body.required_providers?.[0] ?? {}).map(({ version }) => version);
    expect(versions).not.toEqual([]);
    for (const version of versions) expect(version).toMatch(/^~> \d+\.\d+(\.\d+)?$/);
  });

  /** Arguments whose value lies in the state for whoever can read it; each has a way without. */
  const IN_STATE = ['password', 'administrator_password', 'secret_string', 'secret_binary', 'value', 'master_password', 'admin_password'];
  const SECRET_KINDS = /secret|password|db_instance|flexible_server$|credential|virtual_machine/;

  it('is a secret in the state', () => {
    const written = modules.flatMap(({ path, blocks }) =>
      blocks
        .filter(({ mode, type }) => mode === 'resource' && SECRET_KINDS.test(type))
        .flatMap((block) => IN_STATE.filter((name) => name in block.body).map((name) => `${path}: ${addressOf(block)}.${name}`)),
    );
    expect(written).toEqual([]);
  });

  it('is the loss of facts, files or keys by a slip', () => {
    const kept = [
      'aws_db_instance',
      'aws_s3_bucket',
      'aws_kms_key',
      'azurerm_postgresql_flexible_server',
      'azurerm_storage_account',
      'azurerm_key_vault',
    ];
    const blocks = modules.flatMap(({ blocks }) => blocks.filter(({ mode, type }) => mode === 'resource' && kept.includes(type)));
    const unprotected = blocks.filter(({ body }) => (body['lifecycle'] as readonly Body[] | undefined)?.[0]?.['prevent_destroy'] !== true);
    expect(new Set(blocks.map(({ type }) => type)).size).toBe(kept.length);
    expect(unprotected.map(addressOf)).toEqual([]);
  });
});
