import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../../local/environment.ts';
import { CREDENTIALS_CONTEXT, offlineDocumentLoader, OPEN_BADGES_CONTEXT } from '../../../publication/credentials/contexts.ts';

const run = promisify(execFile);

/** Refused: not an intact credential of the trusted issuer, or its status could not be read. */
type Verdict = { readonly kind: 'valid' | 'revoked' | 'suspended' | 'refused'; readonly reason: string };

/** A verifier that we did not write. It fetches the issuer's document and the status lists by HTTP, as anybody would. */
export type IndependentVerifier = {
  readonly name: string;
  /** `credentials` are texts of files, intact or not; the verdicts come in the same order. */
  readonly verify: (question: { issuer: string; credentials: readonly string[] }) => Promise<readonly Verdict[]>;
};

/**
 * Two verifiers that share no code with us or with each other: openbadgeslib in Python from PyPI, and Iron with Eclipse EDC on
 * the JVM from Maven Central. Both check signature, key and both status lists; openbadgeslib also that the JSON has no term that
 * its signature does not cover, which Iron drops silently as JSON-LD has it. Those that this machine cannot run are in `skipped`,
 * with the reason, and then the tests say that they were skipped.
 */
export async function findIndependentVerifiers(): Promise<{ verifiers: readonly IndependentVerifier[]; skipped: readonly string[] }> {
  const found = await Promise.allSettled([openBadgesVerifier(), ironAndEdcVerifier()]);
  return {
    verifiers: found.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    skipped: found.flatMap((result) =>
      result.status === 'rejected' ? [`an independent verifier is not to be had here: ${String(result.reason)}`] : [],
    ),
  };
}

async function openBadgesVerifier(): Promise<IndependentVerifier> {
  const version = '4.6.3';
  const environment = await cached(`openbadgeslib-${version}`, async (directory) => {
    await run('python3', ['-m', 'venv', directory]);
    const packages = [`openbadgeslib==${version}`, 'PyLD==3.3.0'];
    await run(join(directory, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
      timeout: 300_000,
    });
  });
  const script = join(import.meta.dirname, 'open_badges_verifier.py');
  return {
    name: `openbadgeslib ${version} (Python)`,
    verify: (question) => ask({ ...question, command: join(environment, 'bin', 'python'), args: ['-X', 'utf8', script] }),
  };
}

async function ironAndEdcVerifier(): Promise<IndependentVerifier> {
  const jars = await cached('iron-0.14.0-edc-0.15.1', async (directory) => {
    await run('java', ['-version']);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'pom.xml'), pom);
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd: directory, timeout: 300_000 });
  });
  const source = join(import.meta.dirname, 'IronAndEdcVerifier.java');
  return {
    name: 'Iron 0.14.0 and EDC 0.15.1 (JVM)',
    verify: (question) => ask({ ...question, command: 'java', args: ['-XX:TieredStopAtLevel=1', '-cp', join(jars, 'lib', '*'), source] }),
  };
}

type Question = { command: string; args: readonly string[]; issuer: string; credentials: readonly string[] };

async function ask({ command, args, issuer, credentials }: Question): Promise<readonly Verdict[]> {
  const load = offlineDocumentLoader();
  const contexts: Record<string, object> = {};
  for (const url of [CREDENTIALS_CONTEXT, OPEN_BADGES_CONTEXT]) contexts[url] = (await load(url)).document;
  const running = run(command, args, { timeout: 150_000, maxBuffer: 64 * 1024 * 1024 });
  // A verifier that dies early leaves a broken pipe; what it died of is in its exit, below.
  running.child.stdin?.on('error', () => {}).end([{ issuer, contexts }, ...credentials].map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { stdout, stderr } = await running;
  const verdicts = stdout.split('\n').filter((line) => line !== '');
  if (verdicts.length !== credentials.length)
    throw new Error(`${command} gave ${verdicts.length} verdicts on ${credentials.length} credentials: ${stderr}`);
  return verdicts.map((line) => JSON.parse(line) as Verdict);
}

/** A folder of our cache, filled once and put in place whole. */
async function cached(name: string, fill: (directory: string) => Promise<void>): Promise<string> {
  const directory = join(cacheDirectory(), name);
  if (await isThere(directory)) return directory;
  const unfinished = `${directory}.unfinished-${process.pid}`;
  try {
    await mkdir(dirname(directory), { recursive: true });
    await fill(unfinished);
    await rename(unfinished, directory).catch(async (error: unknown) => {
      // Another process may have put it there meanwhile.
      if (!(await isThere(directory))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

// Iron's own rdf-urdna 1.1 numbers blank nodes wrongly in graphs like ours; 1.4 does not.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>certifiable</groupId><artifactId>credential-verifier</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.apicatalog</groupId><artifactId>iron-verifiable-credentials</artifactId><version>0.14.0</version></dependency>
    <dependency><groupId>com.apicatalog</groupId><artifactId>iron-eddsa-rdfc-2022</artifactId><version>0.14.0</version></dependency>
    <dependency>
      <groupId>io.setl</groupId><artifactId>rdf-urdna</artifactId><version>1.4</version>
      <exclusions><exclusion><groupId>com.apicatalog</groupId><artifactId>titanium-json-ld-jre8</artifactId></exclusion></exclusions>
    </dependency>
    <dependency><groupId>org.eclipse.edc</groupId><artifactId>verifiable-credentials</artifactId><version>0.15.1</version></dependency>
    <dependency><groupId>com.squareup.okhttp3</groupId><artifactId>okhttp-jvm</artifactId><version>5.3.2</version></dependency>
    <dependency><groupId>com.fasterxml.jackson.datatype</groupId><artifactId>jackson-datatype-jsr310</artifactId><version>2.18.3</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
`;
