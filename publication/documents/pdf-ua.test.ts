import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler';
import { describe, expect, test } from 'vitest';
import { explain } from '../../domain/explanation.ts';
import { cacheDirectory } from '../../local/environment.ts';
import { createDocumentRenderer } from './renderer.ts';
import { certificate, names, report } from '../../test/support/documents.ts';
import { analyseItems } from '../../domain/item-analysis.ts';
import { PERIOD_REPORTS } from '../../domain/report.ts';
import { drawnReport, drawnRound } from '../../test/support/drawn-documents.ts';
import { drawExam } from '../../test/support/simulated-exam.ts';
import { adjudicated } from '../../test/support/explained.ts';

const run = promisify(execFile);

/** veraPDF, the PDF Association's reference checker, from Maven Central. */
const VERSION = '1.28.1';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>certifiable</groupId><artifactId>pdf-ua-check</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.verapdf</groupId><artifactId>validation-model</artifactId><version>${VERSION}</version></dependency>
  </dependencies>
</project>
`;

const checker = await checkerFromMaven().catch((error: unknown) => ({ skipped: `no veraPDF: ${String(error).slice(0, 200)}` }));
if ('skipped' in checker) console.warn(`The PDF/UA-1 checks are skipped: they need Java 17, Maven and its registry (${checker.skipped}).`);

describe.skipIf('skipped' in checker)('veraPDF (skipped without Java, Maven or its registry)', () => {
  test('finds no breach of PDF/UA-1 in certificates, feedback reports, explanations and reports of every kind', async () => {
    const renderer = createDocumentRenderer();
    const breaches = await breachesIn([
      renderer.certificate(certificate),
      renderer.certificate({ ...certificate, name: names.Arabic, replaces: 'a1B2-c3D4' }),
      renderer.certificate({ ...certificate, name: `${names['Han, traditional']} ${names.emoji} 𒄑` }),
      renderer.feedbackReport(report),
      renderer.feedbackReport({ ...report, entries: Array.from({ length: 12 }, () => report.entries).flat() }),
      renderer.feedbackReport({ ...report, test: 'aptitude', passed: true, fileName: null, entries: [] }),
      renderer.feedbackReport({
        ...report,
        entries: report.entries.map((entry, place) => ({
          ...entry,
          answer: place === 0 ? `${names.Hebrew}\n`.repeat(1000) : `Mine ${names.Arabic}`,
          graderRemarks: [
            { grader: 'A', remark: '# Title\n- a **list**' },
            { grader: 'B', remark: '`code`' },
          ],
        })),
      }),
      renderer.itemReport({
        language: 'de',
        subject: `${names.Hebrew} <a>@1`,
        asOf: new Date(0),
        analysis: {
          ...analyseItems(drawExam({ seed: 'printed', candidates: 300, faults: { wrongKey: 3 } })),
          caseStudies: [
            { ...analyseItems(drawExam({ seed: 'studied', candidates: 60, choiceItems: 0, textItems: 3 })), caseStudyId: `${names.Arabic} <b>` },
          ],
        },
      }),
      ...PERIOD_REPORTS.map((kind) => renderer.tabledReport(drawnReport(kind))),
      renderer.tabledReport(drawnRound()),
      renderer.tabledReport(drawnRound('de')),
      renderer.tabledReport({ ...drawnReport('money'), tables: [], plots: [] }),
      renderer.explanation({ explanation: explain(adjudicated()), candidateName: names.Hebrew, examTitle: 'A small exam', audience: 'staff' }),
    ]);
    expect(breaches).toBe('');
  });

  test('finds the breaches of a PDF that is none', async () => {
    expect(await breachesIn([NodeCompiler.create().pdf({ mainFileContent: 'Hello' })])).toContain('dc:title');
  });
});

async function breachesIn(pdfs: readonly Uint8Array[]): Promise<string> {
  if ('skipped' in checker) throw new Error(checker.skipped);
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-pdf-'));
  try {
    const files = pdfs.map((_, index) => join(directory, `${index}.pdf`));
    await Promise.all(pdfs.map(async (pdf, index) => writeFile(files[index] ?? '', pdf)));
    const source = fileURLToPath(new URL('PdfUaCheck.java', import.meta.url));
    const { stdout } = await run('java', ['-XX:TieredStopAtLevel=1', '-cp', `${checker.jars}/*`, source, ...files]);
    return stdout;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Fetches the jars once, aside and then renamed: what was cut short is never taken for them. */
async function checkerFromMaven(): Promise<{ readonly jars: string }> {
  await run('java', ['-version']);
  const jars = join(cacheDirectory(), `verapdf-${VERSION}`);
  if (existsSync(jars)) return { jars };
  await mkdir(cacheDirectory(), { recursive: true });
  const unfinished = await mkdtemp(`${jars}.unfinished-`);
  try {
    await writeFile(join(unfinished, 'pom.xml'), POM);
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'], { cwd: unfinished, timeout: 150_000 });
    await rename(join(unfinished, 'jars'), jars);
    return { jars };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
