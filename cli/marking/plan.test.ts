import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pointsFromMillipoints } from '../../domain/points.ts';
import { runCommand } from '../../test/support/command.ts';
import { drawScripts } from '../../test/support/marked-scripts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certifiable-plan-'));
});
afterAll(() => rm(folder, { recursive: true }));

const graders = [
  { id: 'a', severity: 0.05, noise: 0.1 },
  { id: 'b', severity: -0.05, noise: 0.1 },
];

const line = (script: ReturnType<typeof drawScripts>[number]) =>
  JSON.stringify({
    scriptId: script.id,
    test: script.test,
    items: script.items.map(({ itemId, millipointsMax, text, marks }) => ({
      itemId,
      points: pointsFromMillipoints(millipointsMax),
      ...text,
      marks: marks.map((mark) => ({ marker: mark.grader, points: pointsFromMillipoints(mark.millipoints) })),
    })),
  });
const lines = drawScripts({ seed: 'cli', scripts: 150, graders, withText: true }).map(line);

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

const planSchema = z.object({
  decisions: z.number(),
  machineCheckHelps: z.boolean(),
  policies: z.array(
    z.object({
      policy: z.enum(['single', 'double', 'random', 'band', 'risk']),
      machineCheck: z.boolean(),
      limit: z.number().optional(),
      shareMarkedTwice: z.number(),
      adjudicatedShare: z.number(),
      wrongShare: z.number(),
      wrongShareLow: z.number(),
      wrongShareHigh: z.number(),
      hoursPerAttempt: z.number(),
      costPerAttempt: z.number(),
    }),
  ),
});
const planOf = async (...args: readonly string[]) => {
  const { exitCode, printed, errors } = await runCommand(['marking-plan', ...args, '--json'], {});
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
  return planSchema.parse(JSON.parse(printed.join('\n')));
};

describe('certifiable marking-plan', () => {
  it('compares all policies at all shares, for a program as one JSON document', async () => {
    const file = await fileOf('all.jsonl', `\uFEFF${lines.join('\r\n')}\r\n`);
    const plan = await planOf('--marks', file);
    expect(plan.decisions).toBe(300);
    for (const policy of ['band', 'risk']) {
      const shares = plan.policies.filter((one) => one.policy === policy && one.limit === undefined).map((one) => one.shareMarkedTwice);
      expect([...new Set(shares)]).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    }
    expect(plan.policies.filter(({ policy }) => policy === 'risk').map(({ machineCheck }) => machineCheck)).toContain(true);
  });

  it('prints tables for people, takes limits and money, and draws the plot', async () => {
    const file = await fileOf('people.jsonl', lines.join('\n'));
    const plot = join(folder, 'plan.svg');
    const { exitCode, printed } = await runCommand(['marking-plan', '--marks', file, '--limit', '0.25', '--hourly', '40', '--plot', plot], {});
    expect(exitCode).toBe(0);
    const double = (await planOf('--marks', file)).policies.find(({ policy }) => policy === 'double');
    // 3 h and 65 % of 8 h, twice, and what of it is adjudicated, in 1 h and 3 h, at 40.
    const cost = 40 * (16.4 + 2.95 * (double?.adjudicatedShare ?? 0));
    expect(printed.join('\n')).toMatch(new RegExp(`double +100\\.0 % .* ${cost.toFixed(2).replace('.', '\\.')}\n`));
    expect(printed.join('\n')).toContain('risk with machine check above 25.0 %');
    expect(await readFile(plot, 'utf8')).toMatch(/^<svg /);
  });

  it('fits on other data than it judges, and says where the two overlap', async () => {
    const train = await fileOf('train.jsonl', lines.filter((one) => !one.includes('"test":"test 0"')).join('\n'));
    const marks = await fileOf('marks.jsonl', lines.filter((one) => one.includes('"test":"test 0"')).join('\n'));
    expect((await planOf('--train', train, '--marks', marks)).decisions).toBe(100);
    const both = await runCommand(['marking-plan', '--train', train, '--marks', train], {});
    expect(both.errors.join('\n')).toContain('the model is fitted on tests that it judges, so it looks better than it is: test 1, test 2');
  });

  it.each([
    ['a line that is no JSON', '{"scriptId": ', ':1: is not JSON'],
    ['a mark above its points', lines[0]?.replace(/"points":10,/, '"points":1,') ?? '', ":1: items.0.marks.0.points: is more than the item's points"],
    ['a mark of three decimals', lines[0]?.replace(/("marks":\[\{"marker":"\w","points":)[\d.]+/, '$11.125') ?? '', 'with at most two decimals'],
    ['one person twice', lines[0]?.replaceAll('"marker":"b"', '"marker":"a"') ?? '', ':1: items.0.marks: both are by "a"'],
    ['a script twice', [lines[0], lines[0]].join('\n'), ':2: scriptId: "cli-0" stands in line 1 already'],
    ['nothing', '\n\n', 'has no script'],
    ['too few', lines.slice(0, 9).join('\n'), 'nothing can be judged: 6 scripts were marked by two graders, and 30 are needed'],
    ['one test alone', lines.filter((one) => one.includes('"test":"test 0"')).join('\n'), 'nothing can be judged: all scripts are of one test'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 'is not in UTF-8'],
  ])('refuses %s, by its place', async (name, content, problem) => {
    const file = await fileOf(`${name.replaceAll(' ', '-')}.jsonl`, content);
    const { exitCode, printed, errors } = await runCommand(['marking-plan', '--marks', file], {});
    expect({ exitCode, printed }).toEqual({ exitCode: 1, printed: [] });
    expect(errors.join('\n')).toContain(problem);
    expect(errors.join('\n')).toContain(file === '' ? '' : problem.startsWith('nothing') ? 'Give more marks' : file);
  });

  it('says when a file is not there', async () => {
    const { exitCode, errors } = await runCommand(['marking-plan', '--marks', join(folder, 'none.jsonl')], {});
    expect({ exitCode, told: errors.join('\n').includes('none.jsonl: cannot be read') }).toEqual({ exitCode: 1, told: true });
  });
});

const REAL = new URL('../../../shared/marks/scripts.jsonl', import.meta.url).pathname;

describe.skipIf(!existsSync(REAL))('on real double marks (skipped where ../shared/marks is absent)', () => {
  it('leaves at most 3.5 % wrong with 30 % marked twice, fewer than the band, and the machine check helps', { timeout: 120_000 }, async () => {
    const plan = await planOf('--marks', REAL);
    const wrong = (policy: string, machineCheck: boolean, share: number) =>
      plan.policies.find((one) => one.policy === policy && one.machineCheck === machineCheck && one.shareMarkedTwice === share)?.wrongShare ?? 1;
    expect(wrong('risk', true, 0.3)).toBeLessThanOrEqual(0.035);
    expect(wrong('risk', false, 0.3)).toBeLessThan(wrong('band', false, 0.3));
    expect(plan.machineCheckHelps).toBe(true);
  });
});
