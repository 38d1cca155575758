import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../../platform/failure.ts';
import { saidBy } from '../../check/run-tool.ts';
import { podsOf, untilPodsReady } from '../pods.ts';
import { RELEASE_NAMESPACE } from '../release.ts';
import { READY_SECONDS, type Stage } from '../stage.ts';
import type { Outcome, Rehearsal } from './rehearsal.ts';
import { planOf, runbookCommands, type Names } from './runbook-commands.ts';

/** Every `kubectl` of the runbooks and of the chart's README, typed as it stands there. */

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const COMMAND_SECONDS = 120;

export const runbooks: Rehearsal = { name: 'runbooks', play };

async function play(stage: Stage): Promise<Outcome> {
  const names = await namesOf(stage);
  const run: string[] = [];
  const leftOut: Record<string, string> = {};
  const problems: string[] = [];
  for (const { file, command } of await runbookCommands(ROOT)) {
    const plan = planOf(command, names);
    if ('leftOut' in plan) leftOut[command] = plan.leftOut;
    else {
      const problem = await typed(stage, plan.run);
      // As whoever restarts waits for it: what is typed into a pod that is on its way out ends with it.
      if (plan.run.includes('rollout restart')) await ready(stage);
      if (problem === undefined) run.push(plan.run);
      else problems.push(`${file}: ${plan.run}\n${problem}`);
    }
  }
  if (problems.length > 0) throw new Failure(problems.join('\n'));
  stage.log(`runbooks: ${run.length} commands ran, ${Object.keys(leftOut).length} were left out`);
  return { requests: 0, requestsFailed: 0, answersLost: 0, shown: { run, leftOut } };
}

function ready({ cluster, log, signal }: Stage): Promise<void> {
  return untilPodsReady(cluster, { seconds: READY_SECONDS, log, signal });
}

async function namesOf({ cluster, image }: Stage): Promise<Names> {
  const [pod] = await podsOf(cluster, 'publication');
  const jobs = await cluster.kubectl(['--namespace', RELEASE_NAMESPACE, 'get', 'jobs', '--output', 'name']);
  const job = /promote-\S+/.exec(jobs)?.[0];
  if (!pod || job === undefined) throw new Failure('there is no pod of publication, or no job of a promotion');
  return { buildId: image.buildId, pod: pod.metadata.name, job };
}

/** As by somebody whose kubectl knows cluster and namespace. Of a pipe the first part counts: that nothing is found is no mistake. */
async function typed({ cluster, built }: Stage, command: string): Promise<string | undefined> {
  const kubeconfig = join(cluster.credentials.directory, `typed-${built.buildId}.kubeconfig`);
  const script = `
    set -u
    cp "$1" "$2"
    export KUBECONFIG="$2"
    kubectl config set-context --current --namespace=${RELEASE_NAMESPACE} >/dev/null
    ${command}
    exit \${PIPESTATUS[0]}`;
  const ran = await cluster.node.run('bash', ['-c', script, 'typed', cluster.credentials.kubeconfig('admin'), kubeconfig], {
    timeoutSeconds: COMMAND_SECONDS,
  });
  return ran.code === 0 ? undefined : saidBy(ran);
}
