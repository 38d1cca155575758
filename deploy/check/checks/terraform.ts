import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { filesMatching } from '../files.ts';
import { runTool, saidBy } from '../run-tool.ts';

const FOLDER = 'deploy/terraform';

/** Syntax and format, by the formatter of HCL itself. Nothing here is planned: no provider can be had offline. */
export const terraformFormat: Check = {
  name: 'terraform format',
  tools: ['hclfmt'],
  async run({ root, tool, signal }) {
    const files = await filesMatching(root, `${FOLDER}/**/*.{tf,tfvars,hcl}`);
    const problems: string[] = [];
    for (const file of files) {
      const syntax = await runTool({ command: tool('hclfmt'), args: ['-check', file], cwd: root, signal });
      if (syntax.code !== 0) problems.push(saidBy(syntax));
      else if (syntax.stdout !== (await readFile(join(root, file), 'utf8'))) problems.push(`${file}: not formatted; run: terraform fmt ${file}`);
    }
    return { count: files.length, what: 'files', problems };
  },
};

type Finding = {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_path: string;
  readonly resource: string;
  readonly file_line_range: readonly number[];
  readonly check_result: { readonly suppress_comment?: string };
};
type CheckovReport = {
  readonly results: {
    readonly passed_checks: readonly Finding[];
    readonly failed_checks: readonly Finding[];
    readonly skipped_checks: readonly Finding[];
    readonly parsing_errors: readonly string[];
  };
};

/** What checkov says where a comment that passes a rule over gives no reason. */
const NO_REASON = 'No comment provided';

/** A rule is passed over beside the resource, `#checkov:skip=ID:reason`, and never without the reason. */
export const terraformSecurity: Check = {
  name: 'checkov',
  tools: ['checkov'],
  async run({ root, tool, signal }) {
    if ((await filesMatching(root, `${FOLDER}/**/*.tf`)).length === 0) return { count: 0, what: 'findings', problems: [] };
    const args = ['--directory', FOLDER, '--framework', 'terraform', '--skip-download', '--compact', '--output', 'json'];
    const run = await runTool({ command: tool('checkov'), args, cwd: root, signal });
    if (!run.stdout.trimStart().startsWith('{')) return { count: 0, what: 'rules', problems: [saidBy(run)] };
    const { results } = JSON.parse(run.stdout) as CheckovReport;
    const unexplained = results.skipped_checks.filter(
      ({ check_result }) => !check_result.suppress_comment || check_result.suppress_comment === NO_REASON,
    );
    return {
      count: results.passed_checks.length + results.failed_checks.length,
      what: `applied rules (${results.skipped_checks.length} passed over)`,
      problems: [
        ...results.parsing_errors.map((file) => `${file}: cannot be parsed`),
        ...results.failed_checks.map(finding),
        ...unexplained.map((skipped) => `${finding(skipped)}: passed over without a reason`),
      ],
    };
  },
};

function finding({ check_id, check_name, file_path, resource, file_line_range }: Finding): string {
  return `${FOLDER}${file_path}:${file_line_range[0]}: ${resource}: ${check_id} ${check_name}`;
}
