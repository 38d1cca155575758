/**
 * Every metric that a rule or a dashboard may use, by who exposes it. A query for a metric that nobody exposes draws an
 * empty panel or an alert that never fires, and Prometheus does not mind either.
 */

/** `histograms` stand for their `_bucket`, `_sum` and `_count`. */
export type MetricSource = { readonly from: string; readonly gauges: readonly string[]; readonly histograms: readonly string[] };

/** Ours; a test holds every one to the code that exposes it. */
export const OWN_METRICS: MetricSource = {
  from: 'the API and the workers',
  gauges: [
    'certifiable_assignments',
    'certifiable_attempts_needing_attention',
    'certifiable_attempts_open',
    'certifiable_build_info',
    'certifiable_certificates_total',
    'certifiable_delivery_backlog',
    'certifiable_delivery_oldest_age_seconds',
    'certifiable_events_fresh',
    'certifiable_gradings_past_promise_share',
    'certifiable_gradings_under_way',
    'certifiable_mails_oldest_age_seconds',
    'certifiable_mails_queued',
    'certifiable_mails_undelivered',
    'certifiable_measure_failures_total',
    'certifiable_queue_backlog_age_seconds',
    'certifiable_queue_backlog_tasks',
    'certifiable_results_promised_total',
    'certifiable_results_total',
    'certifiable_sink_aside_events',
    'certifiable_sink_lag_seconds',
    'certifiable_sink_pending_events',
    'certifiable_submissions_undecided',
    'certifiable_submissions_undecided_oldest_age_seconds',
    'delivery_backlog_count',
    'delivery_backlog_oldest_age_seconds',
  ],
  histograms: ['http_request_duration_seconds'],
};

/** Of Temporal's Core SDK, as its source in node_modules names them, with `temporal_` before; held to it by a test. */
export const TEMPORAL_SDK_METRICS: MetricSource = {
  from: "Temporal's Core SDK",
  gauges: [
    'temporal_activity_execution_failed',
    'temporal_activity_poll_no_task',
    'temporal_activity_task_received',
    'temporal_local_activity_execution_cancelled',
    'temporal_local_activity_execution_failed',
    'temporal_local_activity_total',
    'temporal_long_request',
    'temporal_long_request_failure',
    'temporal_num_pollers',
    'temporal_request',
    'temporal_request_failure',
    'temporal_sticky_cache_hit',
    'temporal_sticky_cache_miss',
    'temporal_sticky_cache_size',
    'temporal_sticky_cache_total_forced_eviction',
    'temporal_worker_start',
    'temporal_worker_task_slots_available',
    'temporal_worker_task_slots_used',
    'temporal_workflow_canceled',
    'temporal_workflow_completed',
    'temporal_workflow_continue_as_new',
    'temporal_workflow_failed',
    'temporal_workflow_task_execution_failed',
    'temporal_workflow_task_queue_poll_empty',
    'temporal_workflow_task_queue_poll_succeed',
  ],
  histograms: [
    'temporal_activity_execution_latency',
    'temporal_activity_schedule_to_start_latency',
    'temporal_activity_succeed_endtoend_latency',
    'temporal_local_activity_execution_latency',
    'temporal_local_activity_succeed_endtoend_latency',
    'temporal_long_request_latency',
    'temporal_request_latency',
    'temporal_workflow_endtoend_latency',
    'temporal_workflow_task_execution_latency',
    'temporal_workflow_task_replay_latency',
    'temporal_workflow_task_schedule_to_start_latency',
  ],
};

const FOREIGN_METRICS: readonly MetricSource[] = [
  {
    from: 'prom-client in every Node process',
    gauges: [
      'nodejs_active_handles_total',
      'nodejs_eventloop_lag_max_seconds',
      'nodejs_eventloop_lag_mean_seconds',
      'nodejs_eventloop_lag_p50_seconds',
      'nodejs_eventloop_lag_p90_seconds',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_eventloop_lag_seconds',
      'nodejs_external_memory_bytes',
      'nodejs_heap_size_total_bytes',
      'nodejs_heap_size_used_bytes',
      'process_cpu_seconds_total',
      'process_max_fds',
      'process_open_fds',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
    ],
    histograms: ['nodejs_gc_duration_seconds'],
  },
  { from: 'Prometheus itself', gauges: ['up', 'ALERTS', 'scrape_duration_seconds', 'scrape_samples_scraped'], histograms: [] },
  {
    from: 'kube-state-metrics',
    gauges: [
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
    histograms: [],
  },
  {
    from: "the kubelet's cAdvisor",
    gauges: [
      'container_cpu_cfs_periods_total',
      'container_cpu_cfs_throttled_periods_total',
      'container_cpu_usage_seconds_total',
      'container_memory_working_set_bytes',
    ],
    histograms: [],
  },
  {
    from: 'KEDA',
    gauges: ['keda_scaler_active', 'keda_scaler_detail_errors_total', 'keda_scaler_metrics_value', 'keda_scaled_object_errors_total'],
    histograms: [],
  },
];

export const KNOWN_METRICS: ReadonlySet<string> = new Set(
  [OWN_METRICS, TEMPORAL_SDK_METRICS, ...FOREIGN_METRICS].flatMap(({ gauges, histograms }) => [
    ...gauges,
    ...histograms.flatMap((name) => [`${name}_bucket`, `${name}_sum`, `${name}_count`]),
  ]),
);
