import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto'; // CommonJS: Node finds no named values in it

const { TaskQueueType, VersionDrainageStatus, VersioningBehavior } = proto.temporal.api.enums.v1;
const { PinnedOverrideBehavior } = proto.temporal.api.workflow.v1.VersioningOverride;

/** Server 1.29 has no such deployment. */
const NOT_FOUND = 5;
const ASKED_MAX = 5;
const ASK_AGAIN_MILLISECONDS = 300;
/** A worker asks for work anew at least once a minute; the server names it for five minutes after it has gone. */
const POLLING_SECONDS = 90;

/**
 * `current`: new work goes to it. `ramping`: a share of it does. `draining`: neither, and pinned workflows were open when
 * the server last looked, which it does every few minutes. `drained`: none was. `inactive`: it never had any work.
 */
type BuildState = 'current' | 'ramping' | 'draining' | 'drained' | 'inactive';

/** One build of a pool, as the server knows it. */
export type Build = {
  readonly buildId: string;
  readonly state: BuildState;
  /** When it came into this state. */
  readonly since: Date | undefined;
  readonly createdAt: Date | undefined;
  /** Of new work, while it is ramping. */
  readonly rampPercent: number | undefined;
  /**
   * Whether a worker of it asked for work a moment ago. One that was killed is told from one that waits for an answer only
   * after that: `lastPollAt` says how long ago it was.
   */
  readonly polling: boolean;
  /** When a worker of it last asked for work, as far as the server remembers, which is five minutes. */
  readonly lastPollAt: Date | undefined;
};

/** The builds that the server knows of a pool's worker deployment, the newest first; none of one that it does not know. */
export async function readBuilds(client: Client, deploymentName: string): Promise<readonly Build[]> {
  const description = await describeDeployment(client, deploymentName);
  const info = description?.workerDeploymentInfo;
  if (!info) return [];
  const lastPolls = await lastPollsOf(client, deploymentName);
  const since = Date.now() - POLLING_SECONDS * 1000;
  const builds = (info.versionSummaries ?? []).map((summary) => {
    const buildId = summary.deploymentVersion?.buildId ?? '';
    const lastPollAt = lastPolls.get(buildId);
    const polling = lastPollAt !== undefined && lastPollAt.getTime() > since;
    return { buildId, createdAt: instantOf(summary.createTime), polling, lastPollAt, ...stateOf(summary, info.routingConfig ?? {}) };
  });
  return builds.toSorted((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0));
}

/** A server short of time says "not found" of one that is there: it is not there only when that is said again and again. */
async function describeDeployment(
  client: Client,
  deploymentName: string,
): Promise<temporal.api.workflowservice.v1.DescribeWorkerDeploymentResponse | undefined> {
  const { namespace } = client.options;
  for (let asked = 1; ; asked += 1) {
    try {
      return await client.workflowService.describeWorkerDeployment({ namespace, deploymentName });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === NOT_FOUND)) throw error;
      if (asked === ASKED_MAX) return undefined;
      await pause(ASK_AGAIN_MILLISECONDS);
    }
  }
}

type Summary = temporal.api.deployment.v1.WorkerDeploymentInfo.IWorkerDeploymentVersionSummary;

function stateOf(
  { deploymentVersion, drainageInfo, createTime, currentSinceTime, rampingSinceTime, lastDeactivationTime }: Summary,
  { currentDeploymentVersion, rampingDeploymentVersion, rampingVersionPercentage }: temporal.api.deployment.v1.IRoutingConfig,
): Pick<Build, 'state' | 'since' | 'rampPercent'> {
  const rampPercent = undefined;
  const { buildId } = deploymentVersion ?? {};
  if (currentDeploymentVersion?.buildId === buildId) return { state: 'current', since: instantOf(currentSinceTime), rampPercent };
  if (rampingDeploymentVersion?.buildId === buildId) {
    return { state: 'ramping', since: instantOf(rampingSinceTime), rampPercent: rampingVersionPercentage ?? 0 };
  }
  switch (drainageInfo?.status) {
    case VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINING:
      return { state: 'draining', since: instantOf(lastDeactivationTime), rampPercent };
    case VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINED:
      return { state: 'drained', since: instantOf(drainageInfo.lastChangedTime), rampPercent };
    default:
      return { state: 'inactive', since: instantOf(createTime), rampPercent };
  }
}

/** By build. The pool's queue has the deployment's name. */
async function lastPollsOf(client: Client, name: string): Promise<ReadonlyMap<string, Date>> {
  const types = [TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY];
  const descriptions = await Promise.all(
    types.map((taskQueueType) =>
      client.workflowService.describeTaskQueue({ namespace: client.options.namespace, taskQueue: { name }, taskQueueType, reportPollers: true }),
    ),
  );
  const lastPolls = new Map<string, Date>();
  for (const { deploymentOptions, lastAccessTime } of descriptions.flatMap(({ pollers }) => pollers ?? [])) {
    const [buildId, at] = [deploymentOptions?.buildId ?? '', instantOf(lastAccessTime)];
    const latest = lastPolls.get(buildId);
    if (at && !(latest && latest > at)) lastPolls.set(buildId, at);
  }
  return lastPolls;
}

function instantOf(timestamp: { seconds?: unknown; nanos?: number | null } | null | undefined): Date | undefined {
  if (!timestamp) return undefined;
  return new Date(Number(timestamp.seconds ?? 0) * 1000 + Math.floor((timestamp.nanos ?? 0) / 1e6));
}

/** The server's own: `deployment:build`. */
const TemporalWorkerDeploymentVersion = defineSearchAttributeKey('TemporalWorkerDeploymentVersion', 'KEYWORD');

type DeploymentBuild = { readonly deploymentName: string; readonly buildId: string };

/** What server 1.29 reads. */
const versionName = ({ deploymentName, buildId }: DeploymentBuild) => `${deploymentName}.${buildId}`;

/** For a visibility query: the workflows pinned to the build, or to any of the deployment, those moved to it included. */
export function buildQuery({ deploymentName, buildId }: { readonly deploymentName: string; readonly buildId?: string | undefined }): string {
  return buildId === undefined
    ? `TemporalWorkerDeployment = '${deploymentName}'`
    : `TemporalWorkerDeploymentVersion = '${deploymentName}:${buildId}'`;
}

/** Which build such a query found a workflow pinned to. */
export function buildOf({ typedSearchAttributes }: Pick<WorkflowExecutionInfo, 'typedSearchAttributes'>): string {
  const version = typedSearchAttributes.get(TemporalWorkerDeploymentVersion) ?? '';
  return version.slice(version.indexOf(':') + 1);
}

/**
 * Makes a build the current version of a pool's worker deployment: new work goes to it, pinned workflows stay where they
 * are. Waits until the build's pollers are known to the server. Throws when they are not after the time given.
 */
export async function makeCurrent(client: Client, { timeoutSeconds = 60, ...build }: DeploymentBuild & { timeoutSeconds?: number }): Promise<void> {
  const giveUpAt = Date.now() + timeoutSeconds * 1000;
  for (let waitMilliseconds = 250; ; waitMilliseconds = Math.min(2 * waitMilliseconds, 1000)) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: client.options.namespace,
        ...build,
        version: versionName(build),
        ignoreMissingTaskQueues: true,
      });
      return;
    } catch (error) {
      if (Date.now() > giveUpAt) {
        throw new Error(`no worker of ${build.deploymentName} with build ${build.buildId} has registered within ${timeoutSeconds} s`, {
          cause: error,
        });
      }
      await pause(waitMilliseconds);
    }
  }
}

/** Sends so much of a pool's new work to a build, the rest to the current one. 0 or no build id ends it. */
export async function rampTo(
  client: Client,
  { deploymentName, buildId, percentage }: { deploymentName: string; buildId: string | undefined; percentage: number },
): Promise<void> {
  await client.workflowService.setWorkerDeploymentRampingVersion({
    namespace: client.options.namespace,
    deploymentName,
    ...(buildId === undefined ? { buildId: '', version: '' } : { buildId, version: versionName({ deploymentName, buildId }) }),
    percentage,
    ignoreMissingTaskQueues: true,
  });
}

/** Pins one workflow to a build from its next task on. */
export async function pinWorkflow(client: Client, { workflowId, build }: { workflowId: string; build: DeploymentBuild }): Promise<void> {
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    workflowExecutionOptions: {
      versioningOverride: {
        pinned: { behavior: PinnedOverrideBehavior.PINNED_OVERRIDE_BEHAVIOR_PINNED, version: build },
        // As server 1.29 reads it.
        behavior: VersioningBehavior.VERSIONING_BEHAVIOR_PINNED,
        pinnedVersion: versionName(build),
      },
    },
    updateMask: { paths: ['versioning_override'] },
  });
}
