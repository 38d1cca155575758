import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Failure } from '../platform/failure.ts';
import { cacheDirectory } from './environment.ts';
import { runLongCommand } from './long-command.ts';
import { freePort, returnPort } from './ports.ts';
import { guardedProcess } from './process.ts';

export type DynamoDbOptions = {
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
};

export type DynamoDb = {
  /** Takes any region and any credentials of letters and digits; all of them see the same tables. */
  readonly endpoint: string;
  /** Its tables are gone with it. */
  readonly stop: () => Promise<void>;
};

/** Of DynamoDB Local. A newer one may want libraries that not every mirror of Maven Central has. */
const version = '3.1.0';
const mainClass = 'LoopbackDynamoDb';

/**
 * DynamoDB Local, Amazon's own, in memory on a free port of loopback. Resolves when it answers; throws naming what is
 * missing on this machine. It knows neither permissions nor throttling, and every read of it is consistent.
 */
export async function startDynamoDb({ log, signal }: DynamoDbOptions): Promise<DynamoDb> {
  const installation = await findInstallation({ log, signal });
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-dynamodb-'));
  const port = await freePort({ purpose: 'DynamoDB', log });
  const endpoint = `http://127.0.0.1:${port}`;
  const server = guardedProcess({
    name: 'DynamoDB Local',
    logFile: join(directory, 'dynamodb.log'),
    guarded: { command: 'java', args: [...javaOptions(installation), mainClass, String(port)], stopSignal: 'SIGTERM' },
    isReady: () => answers(endpoint),
    readySeconds: 60,
    stopSeconds: 10,
    log,
    signal,
  });
  const stop = async () => {
    await server.stop();
    returnPort(port);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}

function javaOptions(installation: string): string[] {
  const libraries = join(installation, 'lib');
  return [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-Dsqlite4java.library.path=${libraries}`,
    '-cp',
    [installation, join(libraries, '*')].join(delimiter),
  ];
}

async function answers(endpoint: string): Promise<boolean> {
  // Unsigned it is refused; but refused by DynamoDB.
  const response = await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.headers.has('x-amzn-requestid');
}

/** The folder with the server's jars and our main class: from our cache, or fetched from Maven Central, once. */
async function findInstallation(options: DynamoDbOptions): Promise<string> {
  const directory = join(cacheDirectory(), `dynamodb-local-${version}`);
  await need('java', 'Java 17 or newer');
  if (await exists(directory)) return directory;
  await need('mvn', 'Maven');
  await need('javac', 'a Java development kit');
  // Aside, and renamed when complete: what is cut short is never taken for the server.
  const unfinished = `${directory}.unfinished-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await install(unfinished, options);
    await mkdir(dirname(directory), { recursive: true });
    await rename(unfinished, directory).catch(async (error: unknown) => {
      // Another process may have put it there meanwhile.
      if (!(await exists(directory))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

async function install(directory: string, { log, signal }: DynamoDbOptions): Promise<void> {
  const progress = 'fetching DynamoDB Local from Maven Central, once';
  log(progress);
  const [pomFile, sourceFile] = [join(directory, 'pom.xml'), join(directory, `${mainClass}.java`)];
  await writeFile(pomFile, pom);
  await writeFile(sourceFile, source);
  const common = { progress, timeoutSeconds: 300, log, signal };
  await runLongCommand({ command: 'mvn', args: ['-q', '-B', '-f', pomFile, 'dependency:copy-dependencies', '-DoutputDirectory=lib'], ...common });
  await runLongCommand({ command: 'javac', args: ['-cp', join(directory, 'lib', '*'), '-d', directory, sourceFile], ...common });
}

async function need(command: string, what: string): Promise<void> {
  try {
    await runLongCommand({ command, args: ['-version'], progress: `asking ${command} for its version`, timeoutSeconds: 60, log: () => {} });
  } catch (error) {
    throw new Failure(`DynamoDB Local needs ${what}: "${command}" does not run here. Install it.`, { cause: error });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>certifiable</groupId><artifactId>dynamodb-local</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>software.amazon.dynamodb</groupId><artifactId>DynamoDBLocal</artifactId><version>${version}</version></dependency>
  </dependencies>
</project>
`;

// Its own main class listens on every network of the machine and reports its use to Amazon unless told not to.
const source = `import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

class ${mainClass} {
  public static void main(String[] args) throws Exception {
    var unusedPort = 0;
    var inMemory = true;
    var sharedByAllCredentials = true;
    var delaysTableStates = false;
    var database = new LocalDynamoDBRequestHandler(unusedPort, inMemory, null, sharedByAllCredentials, delaysTableStates);
    var server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
    server.setHandler(new LocalDynamoDBServerHandler(database, null));
    server.start();
    server.join();
  }
}
`;
