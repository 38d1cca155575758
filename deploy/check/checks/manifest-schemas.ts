import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check, Project } from '../check.ts';
import { plainManifests, type Rendering } from '../manifests.ts';
import { runTool, saidBy } from '../run-tool.ts';

/** Kinds whose definitions no registry has: schemas of ours, made from the documented fields. */
const OWN_SCHEMAS = 'deploy/schemas';

/** Every object against the strict schema of its kind. A kind without one fails, and so does an object that is skipped. */
export const manifestSchemas: Check = {
  name: 'kubeconform',
  tools: ['helm', 'kustomize', 'kubeconform'],
  async run(project) {
    const renderings = [...(await project.renderings()), ...(await plainManifests(project.root))];
    const notRendered = renderings.flatMap(({ problem }) => problem ?? []);
    const { count, problems } = await validate(project, renderings);
    return { count, what: 'manifests', problems: [...notRendered, ...problems] };
  },
};

type Verdict = { readonly filename: string; readonly kind: string; readonly name: string; readonly status: string; readonly msg: string };
type Report = { readonly resources: readonly Verdict[] };

/** Exported for its tests: what is wrong with these objects. */
export async function validate(
  project: Pick<Project, 'root' | 'tool' | 'schemas' | 'signal'>,
  renderings: readonly Rendering[],
): Promise<{ count: number; problems: string[] }> {
  const expected = renderings.reduce((sum, { manifests }) => sum + manifests.length, 0);
  if (expected === 0) return { count: 0, problems: [] };
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-manifests-'));
  try {
    const sources = await writeEach(directory, renderings);
    const { kubernetes, custom } = await project.schemas();
    const locations = [
      join(kubernetes, '{{.ResourceKind}}{{.KindSuffix}}.json'),
      join(custom, '{{.Group}}_{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'),
      join(project.root, OWN_SCHEMAS, '{{.Group}}_{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'),
    ];
    const args = ['-strict', '-output', 'json', '-verbose', ...locations.flatMap((location) => ['-schema-location', location]), directory];
    const run = await runTool({ command: project.tool('kubeconform'), args, signal: project.signal });
    if (!run.stdout.startsWith('{')) return { count: expected, problems: [saidBy(run)] };
    const { resources } = JSON.parse(run.stdout) as Report;
    const problems = resources.filter(({ status }) => status !== 'statusValid').map((verdict) => sentence(verdict, sources));
    if (resources.length !== expected) problems.push(`kubeconform looked at ${resources.length} of ${expected} manifests`);
    return { count: expected, problems };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A file for each source; answers which file was which. */
async function writeEach(directory: string, renderings: readonly Rendering[]): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const [index, { source, text }] of renderings.entries()) {
    const file = join(directory, `${index}.yaml`);
    await writeFile(file, text);
    sources.set(file, source);
  }
  return sources;
}

function sentence({ filename, kind, name, status, msg }: Verdict, sources: ReadonlyMap<string, string>): string {
  const what = status === 'statusSkipped' ? 'was skipped' : msg.replace(/^problem validating schema\..*? with '[^']*' - /s, '');
  return `${sources.get(filename) ?? filename}: ${kind}/${name}: ${what}`;
}
