import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { cacheDirectory } from './environment.ts';
import { runLongCommand } from './long-command.ts';
import { MissingRequirement } from './missing-requirement.ts';
import { freePort } from './ports.ts';
import { guardedProcess } from './process.ts';

export type KafkaOptions = {
  /** Absolute; made if need be. A second start on it finds the topics of the first. */
  dataDirectory: string;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
};

export type Kafka = {
  /** host:port on loopback, without TLS. */
  bootstrapServers: string;
  /** `configs` as Kafka names them, such as max.message.bytes. */
  createTopic(topic: { name: string; partitions: number; configs?: Readonly<Record<string, string>> }): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL, as in a crash. */
  kill(): Promise<void>;
  /** After stop or kill; same port, same topics. */
  start(): Promise<void>;
};

const version = '4.4.0';
const nodeId = '1';
/** Any will do: it only tells clusters apart. */
const clusterId = 'Y2VydGlmaWFibGUtbG9jYQ';

/** A Kafka broker of one node on free ports of loopback. Resolves when it answers; throws naming what is missing on this machine. */
export async function startKafka({ dataDirectory, log, signal }: KafkaOptions): Promise<Kafka> {
  const classPath = join(await findJars({ log, signal }), '*');
  const port = await freePort({ purpose: 'Kafka', log });
  const controllerPort = await freePort({ purpose: "Kafka's controller", log });
  const bootstrapServers = `127.0.0.1:${port}`;
  const settingsFile = join(dataDirectory, 'server.properties');
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(settingsFile, brokerSettings({ dataDirectory, port, controllerPort }));
  await format({ dataDirectory, classPath, settingsFile, log, signal });
  const server = guardedProcess({
    name: 'Kafka',
    logFile: join(dataDirectory, 'kafka.log'),
    guarded: { command: 'java', args: [...javaOptions, '-cp', classPath, 'kafka.Kafka', settingsFile], stopSignal: 'SIGTERM' },
    isReady: () => withAdmin(bootstrapServers, async (admin) => (await admin.metadata({ topics: [] })).brokers.size > 0),
    readySeconds: 90,
    stopSeconds: 20,
    log,
    signal,
  });
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    bootstrapServers,
    createTopic: ({ name, partitions, configs = {} }) =>
      withAdmin(bootstrapServers, async (admin) => {
        const pairs = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
        await admin.createTopics({ topics: [name], partitions, replicas: 1, configs: pairs });
      }),
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
  };
}

/** Small and quick to start: it serves one machine for minutes. */
const javaOptions = ['-Xmx512m', '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];

function brokerSettings({ dataDirectory, port, controllerPort }: { dataDirectory: string; port: number; controllerPort: number }): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': nodeId,
    'controller.quorum.voters': `${nodeId}@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(dataDirectory, 'logs'),
    // Topics are made on purpose: a mistyped name must be an error.
    'auto.create.topics.enable': 'false',
    // Kept by one node, since there is no second.
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    // A group of one need not wait for others to join.
    'group.initial.rebalance.delay.ms': '0',
    // After kill -9 the new broker waits until the session of the old one is over.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'log.cleaner.dedupe.buffer.size': String(8 * 1024 * 1024),
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

type FormatOptions = Pick<KafkaOptions, 'dataDirectory' | 'log' | 'signal'> & { classPath: string; settingsFile: string };

async function format({ dataDirectory, classPath, settingsFile, log, signal }: FormatOptions): Promise<void> {
  if (await exists(join(dataDirectory, 'logs', 'meta.properties'))) return;
  await runLongCommand({
    command: 'java',
    args: [...javaOptions, '-cp', classPath, 'kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', settingsFile],
    progress: "formatting Kafka's storage",
    timeoutSeconds: 60,
    log,
    signal,
  });
}

/** The folder with the broker's jars: from our cache, or fetched from Maven Central, once. */
async function findJars({ log, signal }: Pick<KafkaOptions, 'log' | 'signal'>): Promise<string> {
  await need('java', ['-version'], 'Java 17 or newer');
  const directory = join(cacheDirectory(), `kafka-${version}`);
  if (await exists(directory)) return directory;
  await need('mvn', ['-version'], 'Maven');
  // Aside, and renamed when complete: what is cut short is never taken for the broker.
  const unfinished = `${directory}.unfinished-${process.pid}`;
  const progress = 'fetching Kafka from Maven Central, once';
  log(progress);
  await mkdir(unfinished, { recursive: true });
  try {
    await writeFile(join(unfinished, 'pom.xml'), pom);
    const args = ['-q', '-B', '-f', join(unfinished, 'pom.xml'), 'dependency:copy-dependencies', '-DincludeScope=runtime'];
    await runLongCommand({ command: 'mvn', args: [...args, '-DoutputDirectory=lib'], progress, timeoutSeconds: 300, log, signal }).catch(notFetched);
    await mkdir(dirname(directory), { recursive: true });
    await rename(join(unfinished, 'lib'), directory).catch(unlessThere(directory));
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

function notFetched(error: unknown): never {
  throw new MissingRequirement('Kafka could not be fetched: Maven must reach Maven Central, or a mirror of it, once.', error);
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>certifiable</groupId><artifactId>kafka-broker</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${version}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/** Another process may have put it there meanwhile. */
function unlessThere(directory: string): (error: unknown) => Promise<void> {
  return async (error) => {
    if (!(await exists(directory))) throw error;
  };
}

async function need(command: string, args: readonly string[], what: string): Promise<void> {
  try {
    await runLongCommand({ command, args, progress: `asking ${command} for its version`, timeoutSeconds: 60, log: () => {} });
  } catch (error) {
    throw new MissingRequirement(`Kafka needs ${what}: "${command}" does not run here. Install it, or use a broker that you have.`, error);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function withAdmin<Result>(bootstrapServers: string, use: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = new Admin({ clientId: 'certifiable-local', bootstrapBrokers: [bootstrapServers], retries: 3, timeout: 5000, connectTimeout: 2000 });
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}
