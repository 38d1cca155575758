import type { Check } from '../check.ts';
import { nameOf, type Manifest } from '../manifests.ts';
import { readKnownMetrics } from './known-metrics.ts';
import { checkRules, keptRules } from './prometheus-rules.ts';
import { metricNames } from './promql-names.ts';

/** What the cluster itself asks Prometheus: to scale, and to judge a canary. A wrong query there scales nothing and aborts every release. */
export const clusterQueries: Check = {
  name: 'queries of the cluster',
  tools: ['helm', 'kustomize', 'prometheus'],
  async run({ root, tool, renderings, signal }) {
    const known = await readKnownMetrics(root);
    const recorded = new Set((await keptRules(root)).flatMap(({ rule }) => rule.record ?? []));
    const found = (await renderings()).flatMap(({ source, manifests }) =>
      manifests.flatMap((manifest) => queriesIn(manifest).map((expression) => ({ where: `${source}: ${nameOf(manifest)}`, expression }))),
    );
    const problems: string[] = [];
    for (const { where, expression } of found) {
      const unknown = metricNames(expression).filter((name) => !known.has(name) && !recorded.has(name));
      problems.push(...unknown.map((name) => `${where}: nobody exposes ${name}`));
    }
    for (const { where, expression } of found.filter(isFirst)) {
      const rules = { groups: [{ name: 'query', rules: [{ record: 'query', expr: expression }] }] };
      const problem = await checkRules({ promtool: tool('promtool'), rules, signal });
      if (problem !== undefined) problems.push(`${where}: ${problem}`);
    }
    return { count: found.length, what: 'queries', problems };
  },
};

/** Of triggers of KEDA and metrics of Argo Rollouts, wherever they are nested. */
export function queriesIn(manifest: Manifest): string[] {
  const queries: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== 'object' || value === null) return;
    const { query, serverAddress, address } = value as Record<string, unknown>;
    if (typeof query === 'string' && (serverAddress !== undefined || address !== undefined))
      queries.push(query.replaceAll(/\{\{\s*args\.\w+\s*\}\}/g, '1'));
    Object.values(value).forEach(walk);
  };
  walk(manifest);
  return queries;
}

type Found = { readonly expression: string };

/** The same query comes with every values file. */
function isFirst({ expression }: Found, index: number, all: readonly Found[]): boolean {
  return all.findIndex((one) => one.expression === expression) === index;
}
