import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Check, CheckResult } from '../check.ts';
import { runTool } from '../run-tool.ts';

/**
 * The advisories that the registry knows, against what is locked: of what runs in production from high on, of what builds and tests the
 * critical ones. A mirror of the registry often cannot be asked; then nothing is known, and that is said.
 */
export const knownVulnerabilities: Check = {
  name: 'known vulnerabilities',
  tools: [],
  async run({ root, signal }) {
    const locked = Object.keys(lockFile.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))).packages).length - 1;
    const ask = async (scope: readonly string[]) =>
      (await runTool({ command: 'npm', args: ['audit', '--json', ...scope], cwd: root, signal })).stdout;
    const answers = { production: await ask(['--omit=dev']), everything: await ask([]) };
    return judge({ ...answers, locked });
  },
};

const SEVERITIES = ['info', 'low', 'moderate', 'high', 'critical'] as const;
type Severity = (typeof SEVERITIES)[number];

const lockFile = z.object({ packages: z.record(z.string(), z.unknown()) });
const advisory = z.object({ title: z.string(), url: z.string() });
const report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.enum(SEVERITIES), range: z.string(), via: z.array(z.union([z.string(), advisory])) })),
});
const refusal = z.object({ message: z.string() });

/** What npm printed for what runs in production, and for everything, of so many packages. */
export function judge({ production, everything, locked }: { production: string; everything: string; locked: number }): CheckResult {
  const result = { count: locked, what: 'packages', problems: [] };
  const [running, all] = [read(production), read(everything)];
  const unanswered = [running, all].find((answer) => 'unanswered' in answer);
  if (unanswered)
    return { ...result, unknown: `the registry that is asked here tells no advisories (${unanswered.unanswered}); GitHub's CI asks the public one` };
  const problems = new Set([...problemsOf(running, 'high'), ...problemsOf(all, 'critical')]);
  return { ...result, problems: [...problems] };
}

type Answer = z.infer<typeof report> | { readonly unanswered: string };

function read(text: string): Answer {
  const answer: unknown = JSON.parse(text);
  const known = report.safeParse(answer);
  if (known.success) return known.data;
  const refused = refusal.safeParse(answer);
  if (!refused.success) throw new Error(`npm audit answers what is not understood here: ${known.error.message}`);
  // Without the address: it is whoever's mirror.
  return { unanswered: refused.data.message.replaceAll(/\s*(-\s*\w+\s+)?https?:\/\/[^\s,]+/g, '') };
}

function problemsOf(answer: Answer, least: Severity): readonly string[] {
  if ('unanswered' in answer) return [];
  return Object.entries(answer.vulnerabilities)
    .filter(([, { severity }]) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least))
    .map(([name, { severity, range, via }]) => {
      const why = via.map((cause) => (typeof cause === 'string' ? `by ${cause}` : `${cause.title} (${cause.url})`));
      return `${name} ${range}: ${severity}: ${why.join('; ')}`;
    });
}
