/**
 * What a worker pool makes of its task queue, second by second: tasks come in, replicas take them in order, and KEDA with
 * the HPA behind it adds and removes replicas (deploy/helm/certifiable/templates/scaling.yaml). Tasks are a fluid: there are
 * too many of them at the largest scales to follow each, and waits of less than a step are not seen.
 */

type Scaling = {
  readonly min: number;
  readonly max: number;
  /** Waiting tasks for one replica. */
  readonly targetQueueSize: number;
  /** How long fewer replicas must have sufficed before any goes. */
  readonly cooldownSeconds: number;
};

export type PoolParameters = {
  readonly scaling: Scaling;
  /** Tasks that one replica does in a second, when it has enough of them. */
  readonly perSecond: number;
  /** From the decision to add a replica to its first task: scheduling, image, start. */
  readonly startSeconds: number;
};

export type QueueFigures = {
  readonly tasks: number;
  readonly replicasMost: number;
  /** Replicas times the hours that they ran. */
  readonly replicaHours: number;
  readonly backlogMost: number;
  /** How long tasks waited, in seconds. */
  readonly waitSeconds: { readonly p50: number; readonly p95: number; readonly max: number };
};

/** KEDA asks so often, and the HPA acts as often. */
const POLL_SECONDS = 15;
const REMOVE_EVERY_SECONDS = 60;

/** `tasks` holds what arrives in each step. Whatever still waits in the end is worked off after it. */
export function simulateQueue(tasks: Float64Array, { stepSeconds, pool }: { stepSeconds: number; pool: PoolParameters }): QueueFigures {
  const scaler = createScaler(pool);
  const waits = new Map<number, number>();
  // The queue, in order: what is left of each step's arrivals.
  const left = new Float64Array(tasks);
  let [head, backlog, total, backlogMost, replicaSeconds] = [0, 0, 0, 0, 0];
  for (let step = 0; step < tasks.length || backlog > 1e-9; step += 1) {
    // What comes in a step and is done in it never was a backlog that anybody counts.
    const replicas = scaler.at(step * stepSeconds, backlog);
    const arrived = tasks[step] ?? 0;
    total += arrived;
    backlog += arrived;
    replicaSeconds += replicas * stepSeconds;
    let capacity = replicas * pool.perSecond * stepSeconds;
    while (capacity > 0 && backlog > 1e-9 && head <= step) {
      const here = left[head] ?? 0;
      const taken = Math.min(here, capacity);
      if (taken > 0) waits.set(step - head, (waits.get(step - head) ?? 0) + taken);
      capacity -= taken;
      backlog -= taken;
      if (here - taken > 1e-9) left[head] = here - taken;
      else head += 1;
    }
    backlogMost = Math.max(backlogMost, backlog);
  }
  const at = (share: number) => waitAt(waits, share) * stepSeconds;
  return {
    tasks: total,
    replicasMost: scaler.most(),
    replicaHours: replicaSeconds / 3600,
    backlogMost,
    waitSeconds: { p50: at(0.5), p95: at(0.95), max: at(1) },
  };
}

/** The replicas that are ready, each time told what waits. */
function createScaler({ scaling, startSeconds }: PoolParameters) {
  let ready = scaling.min;
  let asked = scaling.min;
  let most = scaling.min;
  let polledAt = -Infinity;
  let removedAt = -Infinity;
  const starting: { readonly readyAt: number; readonly replicas: number }[] = [];
  const wanted: { readonly at: number; readonly replicas: number }[] = [];

  function poll(now: number, backlog: number): void {
    const want = Math.min(scaling.max, Math.max(scaling.min, Math.ceil(backlog / scaling.targetQueueSize)));
    wanted.push({ at: now, replicas: want });
    while (wanted[0] && wanted[0].at < now - scaling.cooldownSeconds) wanted.shift();
    if (want > asked) {
      const next = Math.min(want, Math.max(asked * 2, asked + 4));
      starting.push({ readyAt: now + startSeconds, replicas: next - asked });
      asked = next;
      most = Math.max(most, asked);
      return;
    }
    const suffices = Math.max(...wanted.map(({ replicas }) => replicas));
    if (suffices >= asked || now < removedAt + REMOVE_EVERY_SECONDS) return;
    const removed = Math.min(asked - suffices, Math.max(1, Math.floor(asked / 4)), ready - scaling.min);
    if (removed <= 0) return;
    asked -= removed;
    ready -= removed;
    removedAt = now;
  }

  return {
    at(now: number, backlog: number): number {
      while (starting[0] && starting[0].readyAt <= now) ready += starting.shift()?.replicas ?? 0;
      if (now >= polledAt + POLL_SECONDS) {
        polledAt = now;
        poll(now, backlog);
      }
      return ready;
    },
    most: () => most,
  };
}

/** The least number of steps that this share of all tasks did not exceed. */
function waitAt(waits: ReadonlyMap<number, number>, share: number): number {
  const total = [...waits.values()].reduce((sum, count) => sum + count, 0);
  let counted = 0;
  for (const [wait, count] of [...waits].toSorted(([a], [b]) => a - b)) {
    counted += count;
    if (counted >= total * share - 1e-6) return wait;
  }
  return 0;
}
