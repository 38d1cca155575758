import { execFile } from 'node:child_process';
import { access, chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { cacheDirectory } from '../../local/environment.ts';

const run = promisify(execFile);

const VERSION = '1.32.0';

/**
 * Temporal's time-skipping test server: by the SDK's download, or from Maven Central where that is out of reach.
 * Undefined, with the reason, where there is neither, and then the tests say that they were skipped.
 */
export async function createTimeSkippingEnvironment(): Promise<{ environment: TestWorkflowEnvironment } | { skipped: string }> {
  try {
    return { environment: await startPatiently(await serverFromMaven()) };
  } catch (mavenError) {
    try {
      return { environment: await TestWorkflowEnvironment.createTimeSkipping() };
    } catch (downloadError) {
      return { skipped: `no time-skipping server: Maven: ${String(mavenError)}; download: ${String(downloadError)}` };
    }
  }
}

/** The SDK gives the server five seconds, which a busy machine may not have. */
async function startPatiently(path: string, attempts = 3): Promise<TestWorkflowEnvironment> {
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
  } catch (error) {
    if (attempts === 1 || !String(error).includes('did not start within')) throw error;
    return startPatiently(path, attempts - 1);
  }
}

/** Fetches the server's jars once and returns an executable that runs it. Needs Java and Maven. */
async function serverFromMaven(): Promise<string> {
  const directory = join(cacheDirectory(), `temporal-test-server-${VERSION}`);
  const executable = join(directory, 'temporal-test-server');
  if (await isThere(executable)) return executable;
  await run('java', ['-version']);
  // Aside, and renamed when complete: another test file may be fetching it too.
  const unfinished = `${directory}.unfinished-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await fillWithServer(unfinished, directory);
    await rename(unfinished, directory).catch(async (error: unknown) => {
      if (!(await isThere(executable))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return executable;
}

/** The folder, which will have the name `directory`. */
async function fillWithServer(unfinished: string, directory: string): Promise<void> {
  await writeFile(join(unfinished, 'pom.xml'), pom);
  await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd: unfinished, timeout: 300_000 });
  const executable = join(unfinished, 'temporal-test-server');
  // exec, or the server would outlive the tests.
  await writeFile(executable, `#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -cp "${directory}/lib/*" io.temporal.testserver.TestServer "$@"\n`);
  await chmod(executable, 0o755);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>certifiable</groupId><artifactId>test-server</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
`;
