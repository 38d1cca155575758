import type { Check } from '../check.ts';
import { queriesOf, readDashboards } from './dashboards.ts';
import { readKnownMetrics } from './known-metrics.ts';
import { keptRules } from './prometheus-rules.ts';
import { metricNames } from './promql-names.ts';

/** No rule and no dashboard asks for a metric that nobody exposes or records. */
export const metricNamesKnown: Check = {
  name: 'metric names',
  tools: [],
  async run({ root }) {
    const [known, rules] = await Promise.all([readKnownMetrics(root), keptRules(root)]);
    const recorded = new Set(rules.flatMap(({ rule }) => rule.record ?? []));
    const ofDashboards = (await readDashboards(root)).flatMap(({ file, dashboard }) =>
      queriesOf(dashboard).map(({ where, expression }) => ({ where: `${file}: ${where}`, expression })),
    );
    const ofRules = rules.map(({ file, rule }) => ({ where: `${file}: ${rule.alert ?? rule.record}`, expression: rule.expr }));
    const used = [...ofRules, ...ofDashboards].flatMap(({ where, expression }) => metricNames(expression).map((name) => ({ where, name })));
    const unknown = used.filter(({ name }) => !known.has(name) && !recorded.has(name));
    return {
      count: new Set(used.map(({ name }) => name)).size,
      what: 'metrics',
      problems: unknown.map(({ where, name }) => `${where}: nobody exposes ${name} (deploy/check/checks/known-metrics.ts)`),
    };
  },
};
