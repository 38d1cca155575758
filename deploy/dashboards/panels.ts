/** Grafana's dashboard JSON from what is said about it: a panel is a title, what is asked, in which unit, and how wide. */

export type Query = {
  readonly expr: string;
  /** Grafana's `{{label}}`; left out where there is one series. */
  readonly legend?: string;
};

/** Asked of the views in PostgreSQL that know nobody (docs/research-data.md): a row a bar, its first column the name. */
export type RecordsPanel = {
  readonly title: string;
  readonly kind: 'barchart';
  readonly sql: string;
  readonly unit: Unit;
  readonly width: number;
  readonly description?: string;
  readonly stacked?: boolean;
};

export type Unit = 'short' | 's' | 'percentunit' | 'reqps' | 'ops' | 'bytes' | 'cores';

export type MetricsPanel = {
  readonly title: string;
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly queries: readonly Query[];
  readonly unit: Unit;
  /** Of 24 columns. */
  readonly width: number;
  readonly description?: string;
  /** Green below `warning`, orange from it, red from `critical`; the other way round where `critical` is the lower one. */
  readonly thresholds?: { readonly warning: number; readonly critical: number };
  readonly stacked?: boolean;
  /** A page of docs/runbooks. */
  readonly runbook?: string;
};

type Panel = MetricsPanel | RecordsPanel;

type Row = { readonly title: string; readonly panels: readonly Panel[] };

/** A label whose values the reader picks; all of them to begin with. */
type Variable = { readonly name: string; readonly label: string; readonly of: string };

export type DashboardSpec = {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
};

const RUNBOOKS = 'https://github.com/certifiable/certifiable/blob/main/docs/runbooks';
const COLUMNS = 24;
const HEIGHTS = { stat: 4, timeseries: 8, table: 10, barchart: 8 } as const;

const datasource = { type: 'prometheus', uid: '${datasource}' };
const records = { type: 'grafana-postgresql-datasource', uid: '${records}' };

/** Object of a dashboard as Grafana 11 and later import it. */
export function dashboard({ uid, title, description, variables, rows }: DashboardSpec): object {
  return {
    uid,
    title,
    description,
    tags: ['certifiable'],
    schemaVersion: 41,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    links: [
      { type: 'dashboards', title: 'Certifiable', tags: ['certifiable'], asDropdown: true, includeVars: true, keepTime: true },
      { type: 'link', title: 'Runbooks', url: `${RUNBOOKS}/README.md`, icon: 'doc', targetBlank: true },
    ],
    templating: { list: [datasourceVariable, ...(asksRecords(rows) ? [recordsVariable] : []), ...variables.map(labelVariable)] },
    annotations: { list: [alertAnnotation] },
    panels: laidOut(rows),
  };
}

const datasourceVariable = { type: 'datasource', name: 'datasource', label: 'Prometheus', query: 'prometheus', current: {}, hide: 0 };
const recordsVariable = {
  type: 'datasource',
  name: 'records',
  label: 'Records (PostgreSQL)',
  query: 'grafana-postgresql-datasource',
  current: {},
  hide: 0,
};

function asksRecords(rows: readonly Row[]): boolean {
  return rows.some(({ panels }) => panels.some(({ kind }) => kind === 'barchart'));
}

function labelVariable({ name, label, of }: Variable): object {
  const query = `label_values(${of}, ${name})`;
  return {
    type: 'query',
    name,
    label,
    datasource,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  };
}

const alertAnnotation = {
  name: 'Critical alerts',
  datasource,
  enable: true,
  iconColor: 'red',
  expr: 'ALERTS{alertname=~"Certifiable.*",alertstate="firing",severity="critical"}',
  titleFormat: '{{alertname}}',
  textFormat: '{{queue}} {{pool}} {{test}}',
};

/** From left to right and from top to bottom; a panel that does not fit begins a new line. */
function laidOut(rows: readonly Row[]): object[] {
  const panels: object[] = [];
  let y = 0;
  const nextId = () => panels.length + 1;
  for (const row of rows) {
    panels.push({ id: nextId(), type: 'row', title: row.title, collapsed: false, gridPos: { h: 1, w: COLUMNS, x: 0, y }, panels: [] });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        y += height;
        x = 0;
        height = 0;
      }
      const place = { h: HEIGHTS[panel.kind], w: panel.width, x, y };
      panels.push(panel.kind === 'barchart' ? barChart(panel, nextId(), place) : grafanaPanel(panel, nextId(), place));
      x += panel.width;
      height = Math.max(height, HEIGHTS[panel.kind]);
    }
    y += height;
  }
  return panels;
}

function grafanaPanel(panel: MetricsPanel, id: number, gridPos: object): object {
  const { title, kind, description, runbook } = panel;
  return {
    id,
    type: kind,
    title,
    ...(description === undefined ? {} : { description }),
    ...(runbook === undefined ? {} : { links: [{ title: 'What to do', url: `${RUNBOOKS}/${runbook}.md`, targetBlank: true }] }),
    datasource,
    gridPos,
    targets: panel.queries.map((query, index) => target(query, index, kind)),
    fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
    options: OPTIONS[kind],
    ...(kind === 'table' ? { transformations: [{ id: 'merge', options: {} }] } : {}),
  };
}

function barChart({ title, description, sql, unit, stacked = false }: RecordsPanel, id: number, gridPos: object): object {
  return {
    id,
    type: 'barchart',
    title,
    ...(description === undefined ? {} : { description }),
    datasource: records,
    gridPos,
    targets: [{ refId: 'A', datasource: records, format: 'table', rawQuery: true, editorMode: 'code', rawSql: sql }],
    fieldConfig: {
      defaults: { unit, min: 0, ...(unit === 'percentunit' ? { max: 1 } : {}), color: { mode: 'palette-classic' }, noValue: '–' },
      overrides: [],
    },
    options: {
      orientation: 'auto',
      stacking: stacked ? 'normal' : 'none',
      showValue: 'auto',
      legend: OPTIONS.timeseries.legend,
      tooltip: { mode: 'multi' },
    },
  };
}

function target({ expr, legend }: Query, index: number, kind: MetricsPanel['kind']): object {
  const instant = kind !== 'timeseries';
  return {
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource,
    expr,
    legendFormat: legend ?? '',
    instant,
    range: !instant,
    ...(kind === 'table' ? { format: 'table' } : {}),
  };
}

function fieldDefaults({ kind, unit, stacked = false, thresholds }: MetricsPanel): object {
  const isShare = unit === 'percentunit';
  return {
    unit: unit === 'cores' ? 'short' : unit,
    min: 0,
    ...(isShare ? { max: 1 } : {}),
    color: { mode: kind === 'stat' ? 'thresholds' : 'palette-classic' },
    thresholds: { mode: 'absolute', steps: thresholdSteps(thresholds) },
    ...(kind === 'timeseries' ? { custom: lineStyle(stacked, thresholds !== undefined) } : {}),
    noValue: '–',
  };
}

function thresholdSteps(thresholds: MetricsPanel['thresholds']): object[] {
  if (!thresholds) return [{ color: 'green', value: null }];
  const { warning, critical } = thresholds;
  return critical >= warning
    ? [
        { color: 'green', value: null },
        { color: 'orange', value: warning },
        { color: 'red', value: critical },
      ]
    : [
        { color: 'red', value: null },
        { color: 'orange', value: critical },
        { color: 'green', value: warning },
      ];
}

function lineStyle(stacked: boolean, hasThresholds: boolean): object {
  return {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: stacked ? 40 : 8,
    showPoints: 'never',
    spanNulls: false,
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
    thresholdsStyle: { mode: hasThresholds ? 'dashed' : 'off' },
  };
}

const OPTIONS = {
  stat: { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, colorMode: 'value', graphMode: 'none', textMode: 'auto' },
  timeseries: { legend: { displayMode: 'list', placement: 'bottom', showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } },
  table: { showHeader: true, cellHeight: 'sm' },
} as const;
