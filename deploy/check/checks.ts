import type { Check } from './check.ts';
import { apiServerDryRun } from './checks/api-server-dry-run.ts';
import { chartLint } from './checks/chart-lint.ts';
import { clusterQueries } from './checks/cluster-queries.ts';
import { dashboards } from './checks/dashboards.ts';
import { dockerfileLint } from './checks/dockerfile.ts';
import { imagesPinned } from './checks/images.ts';
import { kedaTriggers } from './checks/keda-triggers.ts';
import { knownVulnerabilities } from './checks/known-vulnerabilities.ts';
import { manifestSchemas } from './checks/manifest-schemas.ts';
import { metricNamesKnown } from './checks/metric-names.ts';
import { prometheusRules, prometheusRuleTests } from './checks/prometheus-rules.ts';
import { terraformFormat, terraformSecurity } from './checks/terraform.ts';
import { actionLint, actionsPinned, zizmor } from './checks/workflows.ts';

/** Those whose tools are there soonest come first. */
export const CHECKS: readonly Check[] = [
  actionsPinned,
  knownVulnerabilities,
  metricNamesKnown,
  dockerfileLint,
  zizmor,
  prometheusRuleTests,
  dashboards,
  terraformSecurity,
  actionLint,
  terraformFormat,
  chartLint,
  manifestSchemas,
  kedaTriggers,
  imagesPinned,
  prometheusRules,
  clusterQueries,
  apiServerDryRun,
];
