import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Every metric that a rule or a dashboard may use, by who exposes it. A query for a metric that nobody exposes draws an
 * empty panel or an alert that never fires, and Prometheus does not mind either.
 */

/** What a scrape of the API and of every pool told (`npm run known-metrics`); a name a line. */
const SCRAPED = 'deploy/helm/certifiable/monitoring/known-metrics.txt';

/** Ours that a scrape of a healthy system does not tell; a test holds each to the code that exposes it. */
export const RARE_METRICS: readonly string[] = ['certifiable_secret_file_unusable', 'certifiable_secret_reloads_total'];

/** Those of Temporal's Core SDK that only a failure, or a pool with nothing to do, brings forth; a test holds each to its source in node_modules. */
export const RARE_SDK_METRICS: readonly string[] = [
  'temporal_activity_poll_no_task',
  'temporal_local_activity_execution_cancelled',
  'temporal_local_activity_execution_failed',
  'temporal_sticky_cache_miss',
  'temporal_sticky_cache_total_forced_eviction',
  'temporal_workflow_canceled',
  'temporal_workflow_continue_as_new',
  'temporal_workflow_failed',
  'temporal_workflow_task_execution_failed',
  'temporal_workflow_task_queue_poll_empty',
];

/** Of others, as their documentation names them; nothing here can hold them to it. */
type Foreign = { readonly from: string; readonly names: readonly string[] };

const FOREIGN_METRICS: readonly Foreign[] = [
  { from: 'Prometheus itself', names: ['up', 'ALERTS', 'scrape_duration_seconds', 'scrape_samples_scraped'] },
  {
    from: 'kube-state-metrics',
    names: [
      'kube_deployment_spec_replicas',
      'kube_deployment_status_replicas',
      'kube_deployment_status_replicas_available',
      'kube_deployment_status_replicas_unavailable',
      'kube_horizontalpodautoscaler_spec_max_replicas',
      'kube_horizontalpodautoscaler_spec_min_replicas',
      'kube_horizontalpodautoscaler_status_current_replicas',
      'kube_horizontalpodautoscaler_status_desired_replicas',
      'kube_job_status_failed',
      'kube_job_status_succeeded',
      'kube_pod_container_resource_limits',
      'kube_pod_container_resource_requests',
      'kube_pod_container_status_last_terminated_reason',
      'kube_pod_container_status_restarts_total',
      'kube_pod_container_status_waiting_reason',
      'kube_pod_info',
      'kube_pod_labels',
      'kube_pod_status_phase',
      'kube_pod_status_ready',
    ],
  },
  {
    from: "the kubelet's cAdvisor",
    names: [
      'container_cpu_cfs_periods_total',
      'container_cpu_cfs_throttled_periods_total',
      'container_cpu_usage_seconds_total',
      'container_memory_working_set_bytes',
    ],
  },
  {
    from: 'KEDA',
    names: ['keda_scaler_active', 'keda_scaler_detail_errors_total', 'keda_scaler_metrics_value', 'keda_scaled_object_errors_total'],
  },
];

export async function readKnownMetrics(root: string): Promise<ReadonlySet<string>> {
  const scraped = (await readFile(join(root, SCRAPED), 'utf8')).split('\n').filter((name) => name !== '');
  return new Set([...scraped, ...RARE_METRICS, ...RARE_SDK_METRICS, ...FOREIGN_METRICS.flatMap(({ names }) => names)]);
}
