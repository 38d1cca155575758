import { dashboard, type DashboardSpec, type MetricsPanel, type Query, type RecordsPanel, type Unit } from './panels.ts';

/** What the four dashboards show. Recorded series where there are some: alerts read the same. */

type Rest = Partial<Omit<MetricsPanel, 'title' | 'unit' | 'queries' | 'kind'>>;

function lines(title: string, unit: Unit, queries: readonly Query[], rest: Rest = {}): MetricsPanel {
  return { title, kind: 'timeseries', unit, queries, width: 8, ...rest };
}

function number(title: string, unit: Unit, expr: string, rest: Rest = {}): MetricsPanel {
  return { title, kind: 'stat', unit, queries: [{ expr }], width: 4, ...rest };
}

/** Of the last two years. A bar is the period of an exam version, which is as long as it takes for ten candidates. */
function bars(title: string, unit: Unit, { columns, from, stacked = false }: { columns: string; from: string; stacked?: boolean }): RecordsPanel {
  const period = `exam_id || ' ' || to_char(period_from, 'YYYY-MM')`;
  const sql = `SELECT ${period} AS period, ${columns} FROM research.${from} WHERE period_from > now() - interval '2 years' GROUP BY period_from, 1 ORDER BY period_from, 1`;
  return { title, kind: 'barchart', unit, sql, width: 8, stacked, description: 'From the views of docs/research-data.md: months that are over.' };
}

const counted = (column: string, values: readonly string[]) =>
  values.map((value) => `count(*) FILTER (WHERE ${column} = '${value}') AS "${value}"`).join(', ');

const business: DashboardSpec = {
  uid: 'certifiable-business',
  title: 'Certifiable · Business',
  description: 'What was promised to candidates, where attempts stand, and what graders have before them.',
  variables: [],
  rows: [
    {
      title: 'Promises, over four weeks',
      panels: [
        number('Results within 5 working days', 'percentunit', '1 - slo:failures:ratio28d{slo="results"}', {
          thresholds: { warning: 0.97, critical: 0.95 },
          runbook: 'slo-burn',
        }),
        number('Budget of late results left', 'percentunit', budgetLeft('results'), {
          thresholds: { warning: 0.5, critical: 0.1 },
          runbook: 'slo-burn',
        }),
        number('Certificates within 24 hours', 'percentunit', '1 - slo:failures:ratio28d{slo="certificates"}', {
          thresholds: { warning: 1, critical: 0.99 },
          runbook: 'certificate-missing',
        }),
        number('Submissions accepted', 'percentunit', '1 - slo:failures:ratio28d{slo="submissions"}', {
          thresholds: { warning: 0.9998, critical: 0.9995 },
          runbook: 'slo-burn',
        }),
        number('Budget of failed submissions left', 'percentunit', budgetLeft('submissions'), {
          thresholds: { warning: 0.5, critical: 0.1 },
          runbook: 'slo-burn',
        }),
        number('Attempts that wait for staff', 'short', 'max(certifiable_attempts_needing_attention)', {
          thresholds: { warning: 1, critical: 10 },
          runbook: 'missing-decisions',
        }),
      ],
    },
    {
      title: 'Attempts',
      panels: [
        lines('Open attempts by phase', 'short', [{ expr: 'max by (phase) (certifiable_attempts_open)', legend: '{{phase}}' }], {
          width: 12,
          stacked: true,
        }),
        lines('Receipts without a decision', 'short', [{ expr: 'max by (test) (certifiable_submissions_undecided)', legend: '{{test}}' }], {
          width: 6,
          runbook: 'missing-decisions',
        }),
        lines(
          'Age of the oldest of them',
          's',
          [
            { expr: 'max by (test) (certifiable_submissions_undecided_oldest_age_seconds)', legend: '{{test}}' },
            { expr: 'max by (test) (certifiable_submissions_stalled_oldest_age_seconds)', legend: '{{test}}, which waits for no grader' },
          ],
          { width: 6, thresholds: { warning: 7 * 86_400, critical: 8 * 86_400 }, runbook: 'missing-decisions' },
        ),
      ],
    },
    {
      title: 'Grading',
      panels: [
        lines('Gradings under way', 'short', [{ expr: 'max by (test) (certifiable_gradings_under_way)', legend: '{{test}}' }]),
        lines(
          'Gradings past a share of the promised time',
          'short',
          [{ expr: 'max by (test, percent) (certifiable_gradings_past_promise_share)', legend: '{{test}} past {{percent}} %' }],
          { runbook: 'promise-at-risk' },
        ),
        lines(
          'Assignments not completed',
          'short',
          [{ expr: 'max by (purpose, state) (certifiable_assignments)', legend: '{{purpose}}, {{state}}' }],
          { runbook: 'leases-expired' },
        ),
        lines(
          'From submission to result, of what is handed in now',
          's',
          [{ expr: 'max by (exam, language, test) (certifiable_result_expected_seconds)', legend: '{{exam}} {{language}} {{test}}' }],
          { runbook: 'promise-at-risk' },
        ),
        lines(
          'Hours a week that the promise lacks',
          'short',
          [{ expr: 'max by (exam, language, test, of) (certifiable_promise_hours_missing) > 0', legend: '{{exam}} {{language}} {{test}}, {{of}}' }],
          { runbook: 'promise-at-risk' },
        ),
      ],
    },
    {
      title: 'Results',
      panels: [
        lines(
          'Results in a day, by the 5 working days',
          'short',
          [{ expr: 'sum by (in_time) (increase(test:certifiable_results:max[1d]))', legend: 'in time: {{in_time}}' }],
          { stacked: true },
        ),
        lines('Results in a week as their exam promises', 'percentunit', [
          {
            expr: 'sum by (test) (increase(test:certifiable_results_promised:max{in_time="true"}[7d])) / (sum by (test) (increase(test:certifiable_results_promised:max[7d])) > 0)',
            legend: '{{test}}',
          },
        ]),
        lines(
          'Certificates in a day, by the 24 hours',
          'short',
          [{ expr: 'increase(certifiable:certificates:max[1d])', legend: 'in time: {{in_time}}' }],
          { stacked: true, runbook: 'certificate-missing' },
        ),
      ],
    },
    {
      title: 'Exams, by what their candidates showed',
      panels: [
        bars('Attempts that ended', 'short', {
          columns: counted('outcome', ['certified', 'failed', 'lapsed', 'withdrawn']),
          from: 'attempts',
          stacked: true,
        }),
        bars('Tests passed', 'percentunit', {
          columns: ['aptitude', 'case_study'].map((test) => `avg(is_passed::int) FILTER (WHERE test = '${test}') AS ${test}`).join(', '),
          from: 'results',
        }),
        bars('Days from submission to result, 9 of 10 tests', 'short', {
          columns: ['aptitude', 'case_study']
            .map((test) => `percentile_disc(0.9) WITHIN GROUP (ORDER BY days_to_result) FILTER (WHERE test = '${test}') AS ${test}`)
            .join(', '),
          from: 'results',
        }),
      ],
    },
  ],
};

const pipeline: DashboardSpec = {
  uid: 'certifiable-pipeline',
  title: 'Certifiable · Pipeline',
  description: 'From the fact that a candidate committed to the workflow, its activities, and what the world hears of it.',
  variables: [{ name: 'queue', label: 'Task queue', of: 'queue:certifiable_backlog_tasks:max' }],
  rows: [
    {
      title: 'From facts to workflows',
      panels: [
        lines('Facts that no workflow has loaded', 'short', [{ expr: 'max(certifiable_delivery_backlog)', legend: 'deliveries' }], {
          width: 12,
          runbook: 'outbox-lag',
        }),
        lines(
          'Age of the oldest of them',
          's',
          [
            { expr: 'max(certifiable_delivery_oldest_age_seconds)', legend: 'told by the delivery pool' },
            { expr: 'max(delivery_backlog_oldest_age_seconds)', legend: 'told by the API' },
          ],
          { width: 12, thresholds: { warning: 240, critical: 900 }, runbook: 'outbox-lag' },
        ),
      ],
    },
    {
      title: 'Task queues',
      panels: [
        lines('Tasks that wait', 'short', [{ expr: 'queue:certifiable_backlog_tasks:max{queue=~"$queue"}', legend: '{{queue}}, {{type}}' }], {
          runbook: 'pool-is-stuck',
        }),
        lines(
          'Age of the oldest task',
          's',
          [{ expr: 'queue:certifiable_backlog_age_seconds:max{queue=~"$queue"}', legend: '{{queue}}, {{type}}' }],
          { thresholds: { warning: 60, critical: 900 }, runbook: 'pool-is-stuck' },
        ),
        lines(
          'From scheduled to started',
          's',
          [
            { expr: 'queue:temporal_schedule_to_start_seconds:p50{queue=~"$queue"}', legend: '{{queue}}, {{type}}, half of them' },
            { expr: 'queue:temporal_schedule_to_start_seconds:p95{queue=~"$queue"}', legend: '{{queue}}, {{type}}, 19 of 20' },
          ],
          { thresholds: { warning: 5, critical: 60 }, runbook: 'workers-saturated' },
        ),
      ],
    },
    {
      title: 'Activities and workflows',
      panels: [
        lines('Activities executed', 'ops', [{ expr: 'activity:temporal_executions:rate5m{queue=~"$queue"}', legend: '{{activity_type}}' }]),
        lines(
          'Share of executions that fail',
          'percentunit',
          [{ expr: 'activity:temporal_failures:ratio_rate5m{queue=~"$queue"}', legend: '{{activity_type}}' }],
          { thresholds: { warning: 0.1, critical: 0.5 }, runbook: 'poison-activity' },
        ),
        lines(
          'Failures by reason',
          'ops',
          [{ expr: 'activity:temporal_failures:rate5m{queue=~"$queue"}', legend: '{{activity_type}}, {{failure_reason}}' }],
          { runbook: 'poison-activity' },
        ),
        lines('Workflows that ended', 'ops', [
          {
            expr: 'sum by (workflow_type) (rate(temporal_workflow_completed{job="certifiable-worker"}[$__rate_interval]))',
            legend: '{{workflow_type}} completed',
          },
          {
            expr: 'sum by (workflow_type) (rate(temporal_workflow_failed{job="certifiable-worker"}[$__rate_interval]))',
            legend: '{{workflow_type}} failed',
          },
        ]),
        lines(
          'Workflow tasks that fail',
          'ops',
          [
            {
              expr: 'sum by (failure_reason) (rate(temporal_workflow_task_execution_failed{job="certifiable-worker"}[$__rate_interval]))',
              legend: '{{failure_reason}}',
            },
          ],
          { runbook: 'bad-release' },
        ),
        lines('Execution of activities, 95th percentile', 's', [
          {
            expr: 'histogram_quantile(0.95, sum by (le, activity_type) (rate(temporal_activity_execution_latency_bucket{job="certifiable-worker",task_queue=~"$queue"}[$__rate_interval]))) / 1000',
            legend: '{{activity_type}}',
          },
        ]),
      ],
    },
    {
      title: 'What the world hears',
      panels: [
        lines(
          'Events that sinks have yet to take',
          'short',
          [
            { expr: 'max by (sink) (certifiable_sink_pending_events)', legend: '{{sink}}' },
            { expr: 'max(certifiable_events_fresh)', legend: 'not handed to any yet' },
          ],
          { runbook: 'outbox-lag' },
        ),
        lines('Lag of the sinks', 's', [{ expr: 'max by (sink) (certifiable_sink_lag_seconds)', legend: '{{sink}}' }], {
          thresholds: { warning: 120, critical: 900 },
          runbook: 'outbox-lag',
        }),
        lines('Events set aside', 'short', [{ expr: 'max by (sink) (certifiable_sink_aside_events)', legend: '{{sink}}' }], {
          thresholds: { warning: 1, critical: 100 },
          runbook: 'outbox-lag',
        }),
        lines('Mails that are to go out', 'short', [{ expr: 'max(certifiable_mails_queued)', legend: 'mails' }], { runbook: 'mails-stuck' }),
        lines('Age of the oldest of them', 's', [{ expr: 'max(certifiable_mails_oldest_age_seconds)', legend: 'oldest mail' }], {
          thresholds: { warning: 900, critical: 3600 },
          runbook: 'mails-stuck',
        }),
        lines('Mails that came back or may be lost', 'short', [{ expr: 'max(certifiable_mails_undelivered)', legend: 'mails' }], {
          runbook: 'mails-stuck',
        }),
      ],
    },
  ],
};

const workers: DashboardSpec = {
  uid: 'certifiable-workers',
  title: 'Certifiable · Workers',
  description: 'The pools: processes and builds, slots and pollers, the cache of workflows, memory and CPU.',
  variables: [{ name: 'pool', label: 'Pool', of: 'up{job="certifiable-worker"}' }],
  rows: [
    {
      title: 'Processes',
      panels: [
        lines('Processes that are up', 'short', [{ expr: 'pool:certifiable_processes_up:count{pool=~"$pool"}', legend: '{{pool}}' }], {
          runbook: 'pool-is-stuck',
        }),
        lines(
          'Processes by build',
          'short',
          [{ expr: 'count by (pool, build) (up{job="certifiable-worker",pool=~"$pool"} == 1)', legend: '{{pool}} {{build}}' }],
          { description: 'The certification pool keeps an old build for as long as attempts are pinned to it.', runbook: 'bad-release' },
        ),
        lines(
          'Measures that could not be taken',
          'ops',
          [
            {
              expr: 'sum by (pool, measure) (rate(certifiable_measure_failures_total{job="certifiable-worker",pool=~"$pool"}[$__rate_interval])) > 0',
              legend: '{{pool}} {{measure}}',
            },
          ],
          { runbook: 'blind-monitoring' },
        ),
      ],
    },
    {
      title: 'Slots and pollers',
      panels: [
        lines(
          'Slots in use',
          'percentunit',
          [{ expr: 'queue:temporal_slot_utilisation:ratio{queue=~"$pool"}', legend: '{{queue}}, {{worker_type}}' }],
          { thresholds: { warning: 0.8, critical: 0.95 }, runbook: 'workers-saturated' },
        ),
        lines('Pollers', 'short', [{ expr: 'queue:temporal_pollers:sum{queue=~"$pool"}', legend: '{{queue}}, {{type}}' }], {
          runbook: 'pool-is-stuck',
        }),
        lines('Tasks received', 'ops', [
          {
            expr: 'sum by (task_queue) (rate(temporal_activity_task_received{job="certifiable-worker",pool=~"$pool"}[$__rate_interval]))',
            legend: '{{task_queue}}, activity',
          },
          {
            expr: 'sum by (task_queue) (rate(temporal_workflow_task_queue_poll_succeed{job="certifiable-worker",pool=~"$pool"}[$__rate_interval]))',
            legend: '{{task_queue}}, workflow',
          },
        ]),
      ],
    },
    {
      title: 'Workflow tasks',
      panels: [
        lines('Workflow tasks, 95th percentile', 's', [
          {
            expr: 'histogram_quantile(0.95, sum by (le) (rate(temporal_workflow_task_execution_latency_bucket{job="certifiable-worker"}[$__rate_interval]))) / 1000',
            legend: 'executed',
          },
          {
            expr: 'histogram_quantile(0.95, sum by (le) (rate(temporal_workflow_task_replay_latency_bucket{job="certifiable-worker"}[$__rate_interval]))) / 1000',
            legend: 'replayed',
          },
        ]),
        lines('Workflows in the cache', 'short', [
          { expr: 'sum by (task_queue) (temporal_sticky_cache_size{job="certifiable-worker"})', legend: '{{task_queue}}' },
        ]),
        lines(
          'Cache: hits, misses, evictions',
          'ops',
          [
            { expr: 'sum(rate(temporal_sticky_cache_hit{job="certifiable-worker"}[$__rate_interval]))', legend: 'hits' },
            { expr: 'sum(rate(temporal_sticky_cache_miss{job="certifiable-worker"}[$__rate_interval]))', legend: 'misses' },
            { expr: 'sum(rate(temporal_sticky_cache_total_forced_eviction{job="certifiable-worker"}[$__rate_interval]))', legend: 'evictions' },
          ],
          { runbook: 'workers-saturated' },
        ),
      ],
    },
    {
      title: 'Requests to Temporal',
      panels: [
        lines('Requests', 'reqps', [
          {
            expr: 'sum by (operation) (rate(temporal_request{job="certifiable-worker",pool=~"$pool"}[$__rate_interval]))',
            legend: '{{operation}}',
          },
        ]),
        lines(
          'Requests that fail',
          'reqps',
          [
            {
              expr: 'sum by (operation, status_code) (rate(temporal_request_failure{job="certifiable-worker",pool=~"$pool"}[$__rate_interval]))',
              legend: '{{operation}}, {{status_code}}',
            },
            {
              expr: 'sum by (operation, status_code) (rate(temporal_long_request_failure{job="certifiable-worker",pool=~"$pool"}[$__rate_interval]))',
              legend: '{{operation}}, {{status_code}}',
            },
          ],
          { runbook: 'temporal-is-down' },
        ),
        lines('Requests, 95th percentile', 's', [
          {
            expr: 'histogram_quantile(0.95, sum by (le, operation) (rate(temporal_request_latency_bucket{job="certifiable-worker",pool=~"$pool"}[$__rate_interval]))) / 1000',
            legend: '{{operation}}',
          },
        ]),
      ],
    },
    {
      title: 'Resources',
      panels: [
        lines('CPU', 'cores', [
          {
            expr: 'sum by (pool) (rate(process_cpu_seconds_total{job="certifiable-worker",pool=~"$pool"}[$__rate_interval]))',
            legend: '{{pool}}',
          },
        ]),
        lines('Memory of the largest process', 'bytes', [
          { expr: 'max by (pool) (process_resident_memory_bytes{job="certifiable-worker",pool=~"$pool"})', legend: '{{pool}}' },
        ]),
        lines(
          'Event loop held up, 99th percentile',
          's',
          [{ expr: 'max by (pool) (nodejs_eventloop_lag_p99_seconds{job="certifiable-worker",pool=~"$pool"})', legend: '{{pool}}' }],
          { thresholds: { warning: 0.1, critical: 0.5 }, runbook: 'workers-saturated' },
        ),
        lines(
          'Memory of containers, share of the limit',
          'percentunit',
          [
            {
              expr: 'max by (container) (max by (namespace, pod, container) (container_memory_working_set_bytes{container=~"$pool",container!=""}) / on (namespace, pod, container) max by (namespace, pod, container) (kube_pod_container_resource_limits{resource="memory"}) and on (namespace, pod) up{job="certifiable-worker"})',
              legend: '{{container}}',
            },
          ],
          { width: 12, thresholds: { warning: 0.8, critical: 0.9 }, runbook: 'workers-saturated' },
        ),
        lines(
          'Replicas of autoscalers, share of the maximum',
          'percentunit',
          [
            {
              expr: 'kube_horizontalpodautoscaler_status_current_replicas / on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_max_replicas and on (namespace) up{job=~"certifiable-.*"}',
              legend: '{{horizontalpodautoscaler}}',
            },
          ],
          { width: 12, thresholds: { warning: 0.8, critical: 1 }, runbook: 'workers-saturated' },
        ),
      ],
    },
  ],
};

const api: DashboardSpec = {
  uid: 'certifiable-api',
  title: 'Certifiable · API',
  description: 'The REST API and the register: rate, errors and duration of each route, and the promise that submissions are accepted.',
  variables: [{ name: 'route', label: 'Route', of: 'route:http_requests:rate5m' }],
  rows: [
    {
      title: 'Now',
      panels: [
        number('Requests', 'reqps', 'api:http_requests:rate5m'),
        number('Answered with 5xx', 'percentunit', 'api:http_errors:ratio_rate5m', {
          thresholds: { warning: 0.001, critical: 0.01 },
          runbook: 'api-errors',
        }),
        number(
          'An answer saved, 99th percentile',
          's',
          'route:http_request_duration_seconds:p99{method="PUT",route="/v1/attempts/:attemptId/responses/:itemId"}',
          { thresholds: { warning: 0.25, critical: 1 }, runbook: 'api-errors' },
        ),
        number('Under way', 'short', 'sum(http_requests_in_flight{job="certifiable-api"})'),
        number('Processes that are up', 'short', 'count(up{job="certifiable-api"} == 1)', {
          thresholds: { warning: 2, critical: 1 },
          runbook: 'api-errors',
        }),
        number('Submissions accepted, 28 days', 'percentunit', '1 - slo:failures:ratio28d{slo="submissions"}', {
          thresholds: { warning: 0.9998, critical: 0.9995 },
          runbook: 'slo-burn',
        }),
      ],
    },
    {
      title: 'Routes',
      panels: [
        lines('Rate', 'reqps', [{ expr: 'route:http_requests:rate5m{route=~"$route"}', legend: '{{method}} {{route}}' }]),
        lines('Errors', 'percentunit', [{ expr: 'route:http_errors:ratio_rate5m{route=~"$route"} > 0', legend: '{{method}} {{route}}' }], {
          thresholds: { warning: 0.01, critical: 0.1 },
          runbook: 'api-errors',
        }),
        lines(
          'Duration, 95th percentile',
          's',
          [{ expr: 'route:http_request_duration_seconds:p95{route=~"$route"}', legend: '{{method}} {{route}}' }],
          { runbook: 'api-errors' },
        ),
        {
          title: 'By route',
          kind: 'table',
          unit: 'short',
          width: 12,
          description: 'Requests a second, share answered with 5xx, and seconds (50th and 99th percentile).',
          queries: [
            { expr: 'route:http_requests:rate5m{route=~"$route"}' },
            { expr: 'route:http_errors:ratio_rate5m{route=~"$route"}' },
            { expr: 'route:http_request_duration_seconds:p50{route=~"$route"}' },
            { expr: 'route:http_request_duration_seconds:p99{route=~"$route"}' },
          ],
        },
        lines(
          'By status',
          'reqps',
          [
            {
              expr: 'sum by (status) (rate(http_request_duration_seconds_count{job="certifiable-api",route=~"$route"}[$__rate_interval]))',
              legend: '{{status}}',
            },
          ],
          { width: 12, stacked: true },
        ),
      ],
    },
    {
      title: 'Submissions',
      panels: [
        lines('Handed in', 'reqps', [
          {
            expr: 'sum by (route, status) (rate(http_request_duration_seconds_count{job="certifiable-api",method="POST",route=~".*/submission"}[$__rate_interval]))',
            legend: '{{route}} {{status}}',
          },
        ]),
        lines(
          'How fast the budget burns',
          'short',
          [
            { expr: 'slo:failures:ratio5m{slo="submissions"} / on (slo) slo:error_budget:ratio', legend: '5 minutes' },
            { expr: 'slo:failures:ratio1h{slo="submissions"} / on (slo) slo:error_budget:ratio', legend: '1 hour' },
            { expr: 'slo:failures:ratio6h{slo="submissions"} / on (slo) slo:error_budget:ratio', legend: '6 hours' },
            { expr: 'slo:failures:ratio3d{slo="submissions"} / on (slo) slo:error_budget:ratio', legend: '3 days' },
          ],
          { description: 'At 1 it is used up in exactly four weeks.', thresholds: { warning: 6, critical: 14.4 }, runbook: 'slo-burn' },
        ),
        lines('Budget left', 'percentunit', [{ expr: budgetLeft('submissions'), legend: 'of four weeks' }], {
          thresholds: { warning: 0.5, critical: 0.1 },
          runbook: 'slo-burn',
        }),
      ],
    },
    {
      title: 'Processes',
      panels: [
        lines(
          'Event loop held up, 99th percentile',
          's',
          [{ expr: 'nodejs_eventloop_lag_p99_seconds{job="certifiable-api"}', legend: '{{instance}}' }],
          { thresholds: { warning: 0.1, critical: 0.5 }, runbook: 'workers-saturated' },
        ),
        lines('CPU', 'cores', [{ expr: 'rate(process_cpu_seconds_total{job="certifiable-api"}[$__rate_interval])', legend: '{{instance}}' }]),
        lines('Memory', 'bytes', [{ expr: 'process_resident_memory_bytes{job="certifiable-api"}', legend: '{{instance}}' }]),
      ],
    },
  ],
};

/** Never below 0: a budget that is spent twice is as spent as one that is spent. */
function budgetLeft(slo: string): string {
  return `clamp_min(1 - slo:failures:ratio28d{slo="${slo}"} / on (slo) slo:error_budget:ratio, 0)`;
}

/** File name → JSON, as it is committed. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  const specs = { business, pipeline, workers, api };
  return new Map(Object.entries(specs).map(([name, spec]) => [`${name}.json`, `${JSON.stringify(dashboard(spec), null, 2)}\n`]));
}
