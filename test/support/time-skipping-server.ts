import { execFile } from 'node:child_process';
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
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
    return {
      environment: await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path: await serverFromMaven() } },
      }),
    };
  } catch (mavenError) {
    try {
      return { environment: await TestWorkflowEnvironment.createTimeSkipping() };
    } catch (downloadError) {
      return { skipped: `no time-skipping server: Maven: ${String(mavenError)}; download: ${String(downloadError)}` };
    }
  }
}

/** Fetches the server's jars once and returns an executable that runs it. Needs Java and Maven. */
async function serverFromMaven(): Promise<string> {
  const directory = join(cacheDirectory(), `temporal-test-server-${VERSION}`);
  const executable = join(directory, 'temporal-test-server');
  const isThere = await access(executable).then(
    () => true,
    () => false,
  );
  if (isThere) return executable;
  await run('java', ['-version']);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'pom.xml'), pom);
  await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd: directory, timeout: 300_000 });
  // exec, or the server would outlive the tests.
  await writeFile(executable, `#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -cp "${directory}/lib/*" io.temporal.testserver.TestServer "$@"\n`);
  await chmod(executable, 0o755);
  return executable;
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
