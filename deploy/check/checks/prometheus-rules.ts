import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Check, Project } from '../check.ts';
import { filesMatching } from '../files.ts';
import { nameOf } from '../manifests.ts';
import { runTool, saidBy } from '../run-tool.ts';

export const MONITORING = 'deploy/helm/certifiable/monitoring';
const RUNBOOK_URL = 'https://github.com/certifiable/certifiable/blob/main/';

export type Rule = {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
};
type RuleFile = { readonly groups?: readonly { readonly name: string; readonly rules: readonly Rule[] }[] };

/** The rules as they are kept, and once more as the chart ships them: templating must not have changed an expression. */
export const prometheusRules: Check = {
  name: 'promtool check rules',
  tools: ['helm', 'kustomize', 'prometheus'],
  async run(project) {
    const files = await filesMatching(project.root, `${MONITORING}/rules/*.yaml`);
    const [kept, shipped] = await Promise.all([keptRules(project.root), shippedRules(project)]);
    const problems = [
      ...(await problemsOfFiles(project, files)),
      ...(await problemsOfShipped(project, shipped)),
      ...(await Promise.all(kept.map(({ file, rule }) => runbookProblem(project.root, file, rule)))).flat(),
    ];
    return { count: kept.length, what: `rules, and as rendered in ${shipped.length} PrometheusRules`, problems };
  },
};

/**
 * Their unit tests. A rule file that no test names fails, and so does a test that leaves the order of its groups to chance:
 * an alert would see what another group recorded now, or a step before.
 */
export const prometheusRuleTests: Check = {
  name: 'promtool test rules',
  tools: ['prometheus'],
  async run({ root, tool, signal }) {
    const files = await filesMatching(root, `${MONITORING}/tests/*_test.yaml`);
    const cases = await Promise.all(files.map((file) => readTestFile(join(root, file))));
    const tested = new Set(cases.flatMap(({ rule_files }) => rule_files.map((file) => file.split('/').at(-1))));
    const untested = (await filesMatching(root, `${MONITORING}/rules/*.yaml`)).filter((file) => !tested.has(file.split('/').at(-1)));
    const unordered = await Promise.all(files.map((file) => orderProblem(root, file)));
    const problems = [...untested.map((file) => `${file}: no test names it in rule_files`), ...unordered.flat()];
    if (files.length > 0) {
      const run = await runTool({ command: tool('promtool'), args: ['test', 'rules', ...files.map((file) => join(root, file))], signal });
      if (run.code !== 0) problems.push(saidBy(run));
    }
    return { count: cases.reduce((sum, { tests }) => sum + tests.length, 0), what: `tests in ${files.length} files`, problems };
  },
};

export async function keptRules(root: string): Promise<{ file: string; rule: Rule }[]> {
  const files = await filesMatching(root, `${MONITORING}/rules/*.yaml`);
  const rules = await Promise.all(
    files.map(async (file) => {
      const { groups = [] } = parse(await readFile(join(root, file), 'utf8')) as RuleFile;
      return groups.flatMap((group) => group.rules.map((rule) => ({ file, rule })));
    }),
  );
  return rules.flat();
}

type Shipped = { readonly source: string; readonly spec: RuleFile };

async function shippedRules({ renderings }: Project): Promise<Shipped[]> {
  return (await renderings()).flatMap(({ source, manifests }) =>
    manifests
      .filter(({ kind }) => kind === 'PrometheusRule')
      .map((manifest) => ({ source: `${source}: ${nameOf(manifest)}`, spec: manifest['spec'] as RuleFile })),
  );
}

async function problemsOfFiles({ root, tool, signal }: Project, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  const run = await runTool({ command: tool('promtool'), args: ['check', 'rules', ...files.map((file) => join(root, file))], signal });
  return run.code === 0 ? [] : [saidBy(run)];
}

async function problemsOfShipped({ tool, signal }: Project, shipped: readonly Shipped[]): Promise<string[]> {
  if (shipped.length === 0) return ['no values file renders a PrometheusRule'];
  const problems: string[] = [];
  for (const { source, spec } of shipped) {
    const problem = await checkRules({ promtool: tool('promtool'), rules: spec, signal });
    if (problem !== undefined) problems.push(`${source}: ${problem}`);
  }
  return problems;
}

/** What promtool says against these rules; undefined if nothing. */
export async function checkRules({
  promtool,
  rules,
  signal,
}: {
  promtool: string;
  rules: RuleFile;
  signal: AbortSignal | undefined;
}): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-rules-'));
  try {
    const file = join(directory, 'rules.yaml');
    await writeFile(file, stringify(rules));
    const run = await runTool({ command: promtool, args: ['check', 'rules', file], signal });
    return run.code === 0 ? undefined : saidBy(run).replaceAll(file, 'rules.yaml');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

type TestFile = { readonly rule_files: readonly string[]; readonly tests: readonly unknown[]; readonly group_eval_order: readonly string[] };

async function readTestFile(file: string): Promise<TestFile> {
  const read = parse(await readFile(file, 'utf8')) as Partial<TestFile>;
  return { rule_files: read.rule_files ?? [], tests: read.tests ?? [], group_eval_order: read.group_eval_order ?? [] };
}

async function orderProblem(root: string, file: string): Promise<string[]> {
  const { rule_files, group_eval_order } = await readTestFile(join(root, file));
  const groups = await Promise.all(
    rule_files.map(async (rules) =>
      ((parse(await readFile(join(root, dirname(file), rules), 'utf8')) as RuleFile).groups ?? []).map(({ name }) => name),
    ),
  );
  const missing = groups.flat().filter((name) => !group_eval_order.includes(name));
  return groups.flat().length > 1 && missing.length > 0 ? [`${file}: group_eval_order must name ${missing.join(', ')}`] : [];
}

/** Whoever is woken by an alert must find its page. */
async function runbookProblem(root: string, file: string, { alert, annotations }: Rule): Promise<string[]> {
  if (alert === undefined) return [];
  const url = annotations?.['runbook_url'];
  if (!url?.startsWith(RUNBOOK_URL)) return [`${file}: ${alert}: runbook_url must begin with ${RUNBOOK_URL}`];
  const page = url.slice(RUNBOOK_URL.length).split('#')[0] ?? '';
  const isThere = await access(join(root, page)).then(
    () => true,
    () => false,
  );
  return isThere ? [] : [`${file}: ${alert}: there is no page ${page}`];
}
