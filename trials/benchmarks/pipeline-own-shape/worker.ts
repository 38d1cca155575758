import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import pg from 'pg';
import { serveStatus } from '../../../workers/http.ts';
import { createActivities, createLocalActivities, type Activities, type Test } from '../pipeline-baseline/activities.ts';
import { QUEUES, type Queue } from './queues.ts';

/** All workers of this side in one process, with the slots that our pools have: node worker.ts --temporal HOST:PORT --database URL --port PORT --connections N */

const SLOTS: Readonly<Record<Queue, Partial<WorkerOptions>>> = {
  workflows: { maxConcurrentWorkflowTaskExecutions: 40, maxConcurrentLocalActivityExecutions: 20 },
  machine: { maxConcurrentActivityTaskExecutions: 20 },
  human: { maxConcurrentActivityTaskExecutions: 10 },
  publication: { maxConcurrentActivityTaskExecutions: 10 },
};

const text = { type: 'string' } as const;
const { temporal, database, port, connections } = parseArgs({ options: { temporal: text, database: text, port: text, connections: text } }).values;
if (temporal === undefined || database === undefined) throw new Error('--temporal and --database are needed');

Runtime.install({
  logger: new DefaultLogger('WARN'),
  telemetryOptions: { logging: { filter: 'temporalio_sdk_core=WARN', forward: {} } },
  shutdownSignals: [],
});
const pool = new pg.Pool({ connectionString: database, max: Number(connections) });
const connection = await NativeConnection.connect({ address: temporal });
const workers = await Promise.all((Object.keys(QUEUES) as Queue[]).map(createWorker));
let ready = true;
const status = await serveStatus({ host: '127.0.0.1', port: Number(port), status: { ready: () => ready, metrics: async () => '' } });
process.once('SIGTERM', () => {
  ready = false;
  for (const worker of workers) worker.shutdown();
});
await Promise.all(workers.map((worker) => worker.run()));
status.close();
await connection.close();
await pool.end();
process.exit(0);

function createWorker(queue: Queue): Promise<Worker> {
  const work =
    queue === 'workflows'
      ? { activities: createLocalActivities(pool), workflowsPath: fileURLToPath(new URL('workflow.ts', import.meta.url)) }
      : { activities: ownActivities(createActivities(pool)) };
  return Worker.create({
    connection,
    taskQueue: QUEUES[queue],
    ...work,
    ...SLOTS[queue],
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
  });
}

/** What is published has its feedback and is told with it, as by ours: no activities of their own write these. */
function ownActivities(bare: Activities): Activities {
  return {
    ...bare,
    async publishDecision(attemptId: string, test: Test) {
      await bare.composeFeedback(attemptId, test);
      await bare.publishDecision(attemptId, test);
      await pool.query(
        `INSERT INTO notice (id, attempt_id, kind, subject, body, created_at) VALUES ($1, $2, $3, 'Your result', 'Your result is out.', clock_timestamp())`,
        [randomUUID(), attemptId, test],
      );
    },
  };
}
