import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { routesOf } from '../../api/routes.ts';
import type { Services } from '../../api/services.ts';
import { dashboardFiles } from '../../deploy/dashboards/dashboards.ts';
import { POOLS } from '../../workers/pools.ts';
import { repository } from './helm.ts';

/**
 * Alerts, their tests, their pages and the dashboards against each other and against the code. That Prometheus understands
 * them, that the tests pass and that every metric is exposed by somebody is `npm run check:deploy`.
 */

const monitoring = new URL('deploy/helm/certifiable/monitoring/', repository);
const runbooks = new URL('docs/runbooks/', repository);
const RUNBOOK_URL = /^https:\/\/github\.com\/certifiable\/certifiable\/blob\/main\/docs\/runbooks\/([\w-]+)\.md$/;

type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};
type Rule = Partial<Alert> & { readonly record?: string; readonly expr: string };
type RuleFile = { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
type TestFile = {
  readonly tests: readonly { readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[] }[];
};

const read = (folder: string, ending: string) =>
  readdir(new URL(folder, monitoring)).then((names) =>
    Promise.all(names.filter((name) => name.endsWith(ending)).map((name) => readFile(new URL(`${folder}${name}`, monitoring), 'utf8'))),
  );

const rules = (await read('rules/', '.yaml')).flatMap((text) => (parse(text) as RuleFile).groups.flatMap((group) => group.rules));
const alerts = rules.filter((rule): rule is Alert => rule.alert !== undefined);
const tests = (await read('tests/', '_test.yaml')).flatMap((text) =>
  (parse(text) as TestFile).tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test),
);
const pages = new Map(
  await Promise.all(
    (await readdir(runbooks)).map(async (name) => [name.replace('.md', ''), await readFile(new URL(name, runbooks), 'utf8')] as const),
  ),
);

const pageOf = ({ annotations }: Alert) => RUNBOOK_URL.exec(annotations['runbook_url'] ?? '')?.[1];

describe.each(alerts)('$alert', (alert) => {
  it('says how bad it is, whom it concerns, and what is the matter', () => {
    expect(['critical', 'warning']).toContain(alert.labels['severity']);
    expect(['operations', 'grading']).toContain(alert.labels['team']);
    expect(alert.annotations['summary']).toBeTruthy();
    expect(alert.annotations['description']).toBeTruthy();
  });

  it('has a page with a heading for it, and a line in the index', () => {
    const page = pageOf(alert);
    const severity = `${alert.labels['severity']}${alert.labels['team'] === 'grading' ? ', grading' : ''}`;
    expect(pages.get(page ?? '')).toMatch(new RegExp(`^## .*\\b${alert.alert}\\b`, 'm'));
    expect(pages.get('README')).toContain(`| ${alert.alert} | ${severity} | [${page}](${page}.md) |`);
  });

  it('is tested to fire, and to keep silent', () => {
    const own = tests.filter(({ alertname }) => alertname === alert.alert);
    expect(own.some(({ exp_alerts = [] }) => exp_alerts.length > 0)).toBe(true);
    expect(own.some(({ exp_alerts = [] }) => exp_alerts.length === 0)).toBe(true);
  });
});

describe('the rules', () => {
  it('name an alert and a test of one only if there is such an alert', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    expect(tests.map(({ alertname }) => alertname).filter((name) => !names.includes(name))).toEqual([]);
    const indexed = [...(pages.get('README') ?? '').matchAll(/^\| (Certifiable\w+) \|/gm)].map(([, name = '']) => name);
    expect(indexed.toSorted()).toEqual(names.toSorted());
  });

  it('record nothing that nobody reads', async () => {
    const readers = [...rules.map(({ expr }) => expr), ...dashboardFiles().values()].join('\n');
    const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
    expect([...recorded].filter((name) => !readers.includes(name))).toEqual([]);
  });

  it('miss every pool but intake, which not every installation has', () => {
    const { expr } = alerts.find(({ alert }) => alert === 'CertifiablePoolDown') ?? { expr: '' };
    const missed = [...expr.matchAll(/pool="([\w-]+)"/g)].map(([, pool = '']) => pool);
    expect(missed.toSorted()).toEqual(POOLS.filter((pool) => pool !== 'intake').toSorted());
  });
});

describe('routes in rules and dashboards', () => {
  const routes = routesOf(stub() as Services);

  it('are those of the API', () => {
    const named = [...rules.map(({ expr }) => expr), ...dashboardFiles().values()].flatMap((text) =>
      [...text.matchAll(/route=\\?"(\/v1[^"\\]*)\\?"/g)].map(([, route]) => route),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !routes.some((route) => route.path === path))).toEqual([]);
  });

  it('count as submissions those by which a candidate hands something in, and no other', () => {
    const { expr } = rules.find(({ record }) => record === 'instance:certifiable_submissions:total') ?? { expr: '' };
    const [, method, path] = /method=~"([^"]+)",route=~"([^"]+)"/.exec(expr) ?? [];
    const counted = routes.filter((route) => matchesWhole(method, route.method.toUpperCase()) && matchesWhole(path, route.path));
    expect(counted.map((route) => `${route.method} ${route.path}`).toSorted()).toEqual([
      'patch /v1/attempts/:attemptId/uploads/:uploadId',
      'post /v1/attempts/:attemptId/aptitude-test/submission',
      'post /v1/attempts/:attemptId/case-study/submission',
      'post /v1/attempts/:attemptId/uploads',
    ]);
  });
});

describe('the dashboards', () => {
  type Panel = {
    readonly title: string;
    readonly type: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly links?: readonly { readonly url: string }[];
    readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  };
  const committed = [...dashboardFiles().keys()].map(
    async (name) => [name, await readFile(new URL(`dashboards/${name}`, monitoring), 'utf8')] as const,
  );

  it('are committed as deploy/dashboards says (npm run dashboards)', async () => {
    for (const [name, text] of await Promise.all(committed)) expect(JSON.parse(text)).toEqual(JSON.parse(dashboardFiles().get(name) ?? ''));
    expect((await readdir(new URL('dashboards/', monitoring))).toSorted()).toEqual([...dashboardFiles().keys()].toSorted());
  });

  it.each([...dashboardFiles()])('%s: panels have a unit and a page, lie in the grid and on no other', (_name, json) => {
    const { panels } = JSON.parse(json) as { panels: readonly Panel[] };
    for (const [index, panel] of panels.entries()) {
      const { x, y, w, h } = panel.gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      const overlapping = panels
        .slice(index + 1)
        .filter(({ gridPos: other }) => x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h);
      expect(overlapping.map(({ title }) => `${panel.title} lies on ${title}`)).toEqual([]);
      if (panel.type !== 'row') expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
      for (const { url } of panel.links ?? []) expect([...pages.keys()]).toContain(RUNBOOK_URL.exec(url)?.[1]);
    }
  });
});

it('who is told of alerts: receivers that are there, and no alert kept quiet that is none', async () => {
  type Route = { readonly receiver: string; readonly routes?: readonly Route[] };
  type Routing = {
    readonly route: Route;
    readonly receivers: readonly { readonly name: string }[];
    readonly inhibit_rules: readonly { readonly source_matchers: readonly string[]; readonly target_matchers: readonly string[] }[];
  };
  const text = await readFile(new URL('deploy/alertmanager/alertmanager.yaml', repository), 'utf8');
  const { route, receivers, inhibit_rules } = parse(text) as Routing;
  const used = [route, ...(route.routes ?? [])].map(({ receiver }) => receiver);
  expect(used.toSorted()).toEqual(receivers.map(({ name }) => name).toSorted());
  const named = inhibit_rules.flatMap((rule) =>
    [...rule.source_matchers, ...rule.target_matchers].flatMap((matcher) => matcher.match(/Certifiable\w+/g) ?? []),
  );
  expect(named.filter((name) => !alerts.some(({ alert }) => alert === name))).toEqual([]);
  expect(text).not.toMatch(/^\s*(routing_key|api_url|password|url): /m);
});

function matchesWhole(pattern: string | undefined, text: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(text);
}

/** Routes are only listed here: whatever they would work with is whatever is asked of it. */
function stub(): unknown {
  return new Proxy(() => {}, {
    get: (_target, name) => (typeof name === 'symbol' || name === 'then' ? undefined : stub()),
    apply: () => stub(),
    construct: () => ({}),
  });
}
