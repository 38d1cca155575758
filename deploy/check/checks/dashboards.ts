import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Check } from '../check.ts';
import { filesMatching } from '../files.ts';
import { checkRules, MONITORING } from './prometheus-rules.ts';

type Datasource = { readonly type?: string; readonly uid?: string } | string | null;
type Target = { readonly expr?: string; readonly refId?: string; readonly datasource?: Datasource };
type Panel = {
  readonly id?: number;
  readonly title?: string;
  readonly type?: string;
  readonly datasource?: Datasource;
  readonly targets?: readonly Target[];
  readonly panels?: readonly Panel[];
};
type Variable = { readonly name: string; readonly type: string; readonly query?: string | { readonly query?: string }; readonly definition?: string };
export type Dashboard = {
  readonly uid?: string;
  readonly title?: string;
  readonly schemaVersion?: number;
  readonly panels?: readonly Panel[];
  readonly templating?: { readonly list?: readonly Variable[] };
  readonly annotations?: { readonly list?: readonly { readonly name?: string; readonly expr?: string; readonly builtIn?: number }[] };
};

/** Panels are laid out by the version of Grafana 11 and later. */
const SCHEMA_VERSION_MIN = 39;

/** Every dashboard: well formed, of a data source that a person picks, and every query one that Prometheus understands. */
export const dashboards: Check = {
  name: 'dashboards',
  tools: ['prometheus'],
  async run({ root, tool, signal }) {
    const read = await readDashboards(root);
    const problems = [...read.flatMap(({ file, dashboard }) => formProblems(dashboard).map((problem) => `${file}: ${problem}`)), ...sharedIds(read)];
    const queries = read.flatMap(({ file, dashboard }) => queriesOf(dashboard).map((query) => ({ ...query, where: `${file}: ${query.where}` })));
    const rules = queries.map(({ expression }, index) => ({ record: `query:${index}`, expr: expression }));
    const complaint = rules.length > 0 ? await checkRules({ promtool: tool('promtool'), rules: ruleFile(rules), signal }) : undefined;
    if (complaint !== undefined) problems.push(nameQueries(complaint, queries));
    return { count: queries.length, what: `queries in ${read.length} dashboards`, problems };
  },
};

export async function readDashboards(root: string): Promise<{ file: string; dashboard: Dashboard }[]> {
  const files = await filesMatching(root, `${MONITORING}/dashboards/*.json`);
  return Promise.all(
    files.map(async (file) => ({ file: basename(file), dashboard: JSON.parse(await readFile(join(root, file), 'utf8')) as Dashboard })),
  );
}

/** A rule of its own for each, since two of the same name and labels are refused. */
function ruleFile(rules: readonly { record: string; expr: string }[]) {
  return { groups: [{ name: 'dashboards', rules }] };
}

/** Promtool names a rule by the number that it was given here. */
function nameQueries(complaint: string, queries: readonly Query[]): string {
  return complaint.replaceAll(/"?query:(\d+)"?/g, (_, index: string) => {
    const query = queries[Number(index)];
    return query ? `${query.where}: ${query.expression}` : index;
  });
}

export type Query = { readonly where: string; readonly expression: string };

/** All that is asked of Prometheus, with Grafana's variables filled in. */
export function queriesOf(dashboard: Dashboard): Query[] {
  const names = new Set((dashboard.templating?.list ?? []).map(({ name }) => name));
  const ofPanels = allPanels(dashboard).flatMap(({ title, id, targets = [] }) =>
    targets.flatMap(({ expr, refId }) => (expr === undefined ? [] : [{ where: `${title ?? id}, ${refId ?? 'without refId'}`, expression: expr }])),
  );
  const ofAnnotations = (dashboard.annotations?.list ?? []).flatMap(({ name, expr }) =>
    expr === undefined ? [] : [{ where: `annotation ${name}`, expression: expr }],
  );
  const ofVariables = (dashboard.templating?.list ?? []).flatMap((variable) => variableQuery(variable));
  return [...ofPanels, ...ofAnnotations, ...ofVariables].map(({ where, expression }) => ({ where, expression: filledIn(expression, names) }));
}

/** `label_values(metric{…}, label)` and `query_result(…)` are Grafana's, what is inside is for Prometheus. */
function variableQuery({ name, type, query, definition }: Variable): Query[] {
  if (type !== 'query') return [];
  const text = (typeof query === 'string' ? query : query?.query) ?? definition ?? '';
  const inside = /^label_values\((.*),\s*\w+\)$/s.exec(text)?.[1] ?? /^query_result\((.*)\)$/s.exec(text)?.[1];
  return inside === undefined ? [] : [{ where: `variable ${name}`, expression: inside }];
}

const BUILT_IN: Readonly<Record<string, string>> = {
  __rate_interval: '5m',
  __interval: '1m',
  __range: '6h',
  __range_s: '21600',
  __interval_ms: '60000',
};

/** A variable that nobody declared stays in, and Prometheus refuses it. */
function filledIn(expression: string, names: ReadonlySet<string>): string {
  return expression.replaceAll(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g, (whole: string, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    return BUILT_IN[name] ?? (names.has(name) ? '1' : whole);
  });
}

function formProblems(dashboard: Dashboard): string[] {
  const problems: string[] = [];
  if (!dashboard.uid) problems.push('has no uid: its links would change with every import');
  if (!dashboard.title) problems.push('has no title');
  if ((dashboard.schemaVersion ?? 0) < SCHEMA_VERSION_MIN) problems.push(`schemaVersion must be ${SCHEMA_VERSION_MIN} or newer`);
  const sources = new Set((dashboard.templating?.list ?? []).filter(({ type }) => type === 'datasource').map(({ name }) => name));
  if (sources.size === 0) problems.push('has no variable for its data source');
  const panels = allPanels(dashboard);
  const ids = panels.map(({ id }) => id);
  for (const id of new Set(ids.filter((one, index) => one === undefined || ids.indexOf(one) !== index)))
    problems.push(`panel id ${id} is not unique`);
  for (const panel of panels) problems.push(...panelProblems(panel, sources));
  return problems;
}

function panelProblems(panel: Panel, sources: ReadonlySet<string>): string[] {
  const { title, targets = [] } = panel;
  const problems = title ? [] : [`panel ${panel.id} has no title`];
  const refIds = targets.map(({ refId }) => refId);
  if (new Set(refIds).size !== refIds.length) problems.push(`${title}: two queries of one refId`);
  const fixed = [panel.datasource, ...targets.map(({ datasource }) => datasource)].filter(
    (source) => source !== undefined && !isVariable(source, sources),
  );
  if (targets.length > 0 && (fixed.length > 0 || (panel.datasource ?? targets[0]?.datasource) === undefined)) {
    problems.push(`${title}: must take its data source from the variable`);
  }
  return problems;
}

function isVariable(source: Datasource, names: ReadonlySet<string>): boolean {
  const uid = typeof source === 'string' ? source : source?.uid;
  const name = /^\$\{?(\w+)\}?$/.exec(uid ?? '')?.[1];
  return name !== undefined && names.has(name);
}

/** Also those inside a collapsed row. */
function allPanels({ panels = [] }: Pick<Dashboard, 'panels'>): Panel[] {
  return panels.flatMap((panel) => [panel, ...allPanels(panel)]);
}

function sharedIds(read: readonly { file: string; dashboard: Dashboard }[]): string[] {
  const uids = read.map(({ dashboard }) => dashboard.uid);
  return read
    .filter(({ dashboard }, index) => uids.indexOf(dashboard.uid) !== index)
    .map(({ file, dashboard }) => `${file}: another dashboard has the uid ${dashboard.uid}`);
}
