import { describe, expect, it } from 'vitest';
import { areInstalled, tool } from '../../../test/support/tools.ts';
import { manifestsOf } from '../manifests.ts';
import { queriesIn } from './cluster-queries.ts';
import { queriesOf, type Dashboard } from './dashboards.ts';
import { checkRules } from './prometheus-rules.ts';

const check = (expr: string) =>
  checkRules({ promtool: tool('promtool'), rules: { groups: [{ name: 'test', rules: [{ alert: 'Test', expr }] }] }, signal: undefined });

describe.skipIf(!(await areInstalled('prometheus')))('rules through promtool (needs the tools of npm run check:deploy)', () => {
  it('takes a rule that Prometheus understands', async () => {
    expect(await check('rate(temporal_workflow_failed[5m]) > 0')).toBeUndefined();
  });

  it('refuses an expression that it does not, and says which', async () => {
    expect(await check('rate(temporal_workflow_failed) >')).toContain('Test');
    expect(await check('rate(temporal_workflow_failed)')).toContain('expected type range vector');
  });
});

describe('queries of a dashboard', () => {
  const variables = [
    { name: 'datasource', type: 'datasource' },
    { name: 'pool', type: 'query', query: { query: 'label_values(certifiable_build_info{service="worker"}, pool)' } },
  ];
  const dashboard = (expr: string): Dashboard => ({
    templating: { list: variables },
    panels: [{ title: 'Backlog', panels: [{ title: 'One', targets: [{ expr, refId: 'A' }] }] }],
  });

  it('are found in panels of collapsed rows and in variables, with variables filled in', () => {
    expect(queriesOf(dashboard('sum(rate(a{pool=~"$pool"}[$__rate_interval])) / ${__range_s}')).map(({ expression }) => expression)).toEqual([
      'sum(rate(a{pool=~"1"}[5m])) / 21600',
      'certifiable_build_info{service="worker"}',
    ]);
  });

  it('keep a variable that nobody declared, so that promtool refuses it', () => {
    expect(queriesOf(dashboard('rate(a[$window])'))[0]?.expression).toBe('rate(a[$window])');
  });
});

it('queries of triggers and of analyses are found, with the arguments of an analysis filled in', () => {
  const scaled =
    'apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: { triggers: [{ type: prometheus, metadata: { serverAddress: a, query: up } }] }';
  const analysis = `apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nspec: { metrics: [{ provider: { prometheus: { address: a, query: 'up{build="{{args.build}}"}' } } }] }`;
  expect(manifestsOf(`${scaled}\n---\n${analysis}`).flatMap(queriesIn)).toEqual(['up', 'up{build="1"}']);
});
