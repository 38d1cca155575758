import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { queriesIn } from '../../deploy/check/checks/cluster-queries.ts';
import { runTool, saidBy } from '../../deploy/check/run-tool.ts';
import { areInstalled, tool } from '../support/tools.ts';
import { findHelm, render, scenarios } from './helm.ts';

/** What Prometheus itself says to a canary's questions, of which build 1 is the canary's. */

const helm = await findHelm();
const isReady = helm !== undefined && (await areInstalled('prometheus'));

/** Each minute's requests of a build by what became of them, and how many of all take long. */
type Minute = { readonly build: string; readonly fine: number; readonly failed: number; readonly slow?: number };
type Analysis = { readonly queries: readonly string[]; readonly maxima: readonly number[] };

describe.skipIf(!isReady)('a canary (needs the tools of npm run check:deploy)', () => {
  let directory: string;
  let analysis: Analysis;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'canary-'));
    const manifests = await render({ helm: helm ?? '', values: (await scenarios()).get('nginx') ?? '' });
    const template = manifests.find(({ kind }) => kind === 'AnalysisTemplate');
    if (!template) throw new Error('the chart renders no analysis');
    const { metrics } = template.spec as unknown as { readonly metrics: readonly { readonly successCondition: string }[] };
    const maxima = metrics.map(({ successCondition }) => Number(/result\[0\] <= ([\d.]+)$/.exec(successCondition)?.[1]));
    analysis = { queries: queriesIn(template), maxima };
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** Whether the errors, and the time, would be judged a failure after ten such minutes. */
  async function failures(minutes: readonly Minute[]): Promise<readonly boolean[]> {
    const judged = analysis.queries.map((query, index) => `(${query}) > ${analysis.maxima[index]}`);
    const rules = { groups: [{ name: 'canary', rules: judged.map((expr, index) => ({ record: `failure${index}`, expr })) }] };
    const complaints = await Promise.all(
      judged.map(async (_, index) => {
        const files = { rules: join(directory, `${index}.rules.yaml`), test: join(directory, `${index}.test.yaml`) };
        await writeFile(files.rules, stringify(rules));
        await writeFile(files.test, stringify(unitTest(files.rules, minutes, `count(failure${index}) or vector(0)`)));
        return runTool({ command: tool('promtool'), args: ['test', 'rules', files.test], signal: undefined });
      }),
    );
    return complaints.map((run) => {
      if (run.code !== 0 && !/got:/.test(saidBy(run))) throw new Error(saidBy(run));
      return run.code !== 0;
    });
  }

  it('that does well stays, also alone and where nobody asks it anything', async () => {
    expect(analysis.maxima).toEqual([0.01, 1]);
    expect(await failures([{ build: '1', fine: 100, failed: 0 }])).toEqual([false, false]);
    expect(await failures([{ build: '0', fine: 100, failed: 0 }])).toEqual([false, false]);
    expect(
      await failures([
        { build: '1', fine: 100, failed: 0 },
        { build: '0', fine: 100, failed: 0 },
      ]),
    ).toEqual([false, false]);
  });

  it('that fails or is slow where the build before is not goes back', async () => {
    expect(
      await failures([
        { build: '1', fine: 100, failed: 3 },
        { build: '0', fine: 1000, failed: 2 },
      ]),
    ).toEqual([true, false]);
    expect(await failures([{ build: '1', fine: 100, failed: 3, slow: 90 }])).toEqual([true, true]);
    expect(
      await failures([
        { build: '1', fine: 100, failed: 0, slow: 50 },
        { build: '0', fine: 1000, failed: 0 },
      ]),
    ).toEqual([false, true]);
  });

  it('is not sent back from outside, by requests that fail or take long in every build', async () => {
    expect(
      await failures([
        { build: '1', fine: 100, failed: 80, slow: 90 },
        { build: '0', fine: 1000, failed: 700, slow: 800 },
      ]),
    ).toEqual([false, false]);
  });
});

function unitTest(rules: string, minutes: readonly Minute[], expr: string): object {
  const series = minutes.flatMap(({ build, fine, failed, slow = 0 }) => {
    const labels = `job="certifiable-api",build="${build}",route="/v1/exams"`;
    const rising = (name: string, aMinute: number) => ({ series: name, values: `0+${aMinute}x20` });
    const all = fine + failed;
    return [
      rising(`http_request_duration_seconds_count{${labels},status="200"}`, fine),
      rising(`http_request_duration_seconds_count{${labels},status="500"}`, failed),
      rising(`http_request_duration_seconds_bucket{${labels},le="0.5"}`, all - slow),
      rising(`http_request_duration_seconds_bucket{${labels},le="10"}`, all),
      rising(`http_request_duration_seconds_bucket{${labels},le="+Inf"}`, all),
    ];
  });
  return {
    rule_files: [rules],
    evaluation_interval: '1m',
    tests: [{ interval: '1m', input_series: series, promql_expr_test: [{ expr, eval_time: '10m', exp_samples: [{ labels: '{}', value: 0 }] }] }],
  };
}
