import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../../local/environment.ts';
import { readConfiguration } from '../configuration.ts';

/**
 * `node deploy/terraform/schemas/extract.ts`: what the providers' resources that we use take and give, into aws.json and
 * azurerm.json. Terraform asks the provider itself; where none can be fetched, its generated TypeScript declarations say the
 * same, in an npm package of 30 to 50 MB. Run it after using another kind of resource, or to move to another version.
 */

const PACKAGES = { aws: '@cdktn/provider-aws@25.7.0', azurerm: '@cdktn/provider-azurerm@16.1.0' } as const;

/** Names as in HCL. `block` has the fields of what is a block or an object. */
export type Field = { readonly required?: true; readonly block?: Fields };
export type Fields = { readonly [name: string]: Field };
export type Kind = { readonly arguments: Fields; /** What it gives beside its arguments. */ readonly attributes: readonly string[] };
export type Schema = { readonly provider: string; readonly kinds: { readonly [type: string]: Kind } };

const run = promisify(execFile);
const folder = fileURLToPath(new URL('./', import.meta.url));

async function unpacked(name: keyof typeof PACKAGES): Promise<string> {
  const target = join(cacheDirectory(), 'terraform-providers', PACKAGES[name].replaceAll('/', '-'));
  await mkdir(target, { recursive: true });
  const isThere = await readdir(join(target, 'package')).then(
    () => true,
    () => false,
  );
  if (isThere) return join(target, 'package');
  console.log(`fetching ${PACKAGES[name]}`);
  const { stdout } = await run('npm', ['pack', '--silent', PACKAGES[name]], { cwd: target });
  await run('tar', ['-xzf', stdout.trim(), '--wildcards', '*.d.ts', 'package/package.json'], { cwd: target });
  return join(target, 'package');
}

/** `aws_eks_cluster` lies in `eks-cluster`, a data source in `data-aws-eks-cluster`, what is ephemeral in `ephemeral-aws-…`. */
function folderOf(type: string): string {
  const [mode = '', name = ''] = type.split('.');
  const words = name.replaceAll('_', '-');
  return mode === 'resource' ? words.slice(words.indexOf('-') + 1) : `${mode}-${words}`;
}

async function declarationsOf(root: string, type: string): Promise<string> {
  const path = join(root, 'lib', folderOf(type));
  const files = (await readdir(path).catch(() => [])).filter((file) => file.endsWith('.d.ts'));
  if (files.length === 0) throw new Error(`${type} is not in ${root}: is its name right?`);
  return (await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')))).join('\n');
}

/** The bodies of all interfaces, by name. */
function interfacesIn(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^export interface (\w+)(?: extends [^{]+)? \{\n(.*?)^\}/gms)].map(([, name = '', body = '']) => [name, body]));
}

function fieldsOf(interfaces: ReadonlyMap<string, string>, name: string): Fields {
  const fields = (interfaces.get(name) ?? '').matchAll(/#(\w+) \w+#\w+\}(?:(?!\*\/).)*\*\/\s*readonly \w+(\??): ([^;]+);/gs);
  return Object.fromEntries(
    [...fields].map(([, field = '', optional, type = '']) => {
      const nested = /^(\w+)/.exec(type)?.[1] ?? '';
      return [field, { ...(optional === '' && { required: true }), ...(interfaces.has(nested) && { block: fieldsOf(interfaces, nested) }) }];
    }),
  );
}

function kindOf(text: string): Kind {
  const className = /^export declare class (\w+) extends cdktn\.Terraform(?:Resource|DataSource|EphemeralResource) /m.exec(text)?.[1];
  if (className === undefined) throw new Error('it declares no class of a resource');
  const fields = fieldsOf(interfacesIn(text), `${className}Config`);
  const body = text.slice(text.indexOf(`export declare class ${className} extends`));
  const getters = [...body.slice(0, body.indexOf('\n}')).matchAll(/^ {4}get (\w+)\(\)/gm)].map(([, name = '']) => name);
  const attributes = getters
    .map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
    .filter((name) => !name.endsWith('_input'));
  return { arguments: fields, attributes: attributes.filter((name) => !(name in fields)).toSorted() };
}

async function extract(name: keyof typeof PACKAGES, types: readonly string[]): Promise<void> {
  const root = await unpacked(name);
  const { cdktf } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { cdktf: { provider: { version: string } } };
  const kinds: Record<string, Kind> = {};
  for (const type of types) kinds[type] = kindOf(await declarationsOf(root, type));
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ provider: cdktf.provider.version, kinds }, null, 1)}\n`);
  console.log(`${name} ${cdktf.provider.version}: ${types.length} kinds`);
}

const used = (await readConfiguration()).flatMap(({ blocks }) => blocks.map(({ mode, type }) => `${mode}.${type}`));
for (const name of ['aws', 'azurerm'] as const) {
  await extract(name, [...new Set(used)].filter((type) => type.split('.')[1]?.startsWith(`${name}_`)).toSorted());
}
