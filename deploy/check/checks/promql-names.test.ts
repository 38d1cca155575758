import { expect, it } from 'vitest';
import { metricNames } from './promql-names.ts';

it.each([
  ['up', ['up']],
  ['sum by (pool) (rate(http_request_duration_seconds_count{status=~"5..", route!="/v1/{id}"}[5m]))', ['http_request_duration_seconds_count']],
  ['histogram_quantile(0.99, sum(rate(a_bucket[5m])) by (le, task_queue)) > 2', ['a_bucket']],
  ['a_total offset 5m / on(pool) group_left(build) b_info unless on (pool) c:ratio_rate5m', ['a_total', 'b_info', 'c:ratio_rate5m']],
  ['max(a) and absent(b{job="x"}) or vector(0)', ['a', 'b']],
  ['label_replace(a, "x", "$1", "y", "(.*)") # nothing of b', ['a']],
  ['count_values("build", a) > bool 1e3', ['a']],
  ['max_over_time((a - b)[30m:1m] offset 1w)', ['a', 'b']],
  ['ALERTS{alertname="X"} * 100', ['ALERTS']],
])('finds the metrics in %s', (expression, names) => {
  expect(metricNames(expression)).toEqual(names);
});
