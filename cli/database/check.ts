import type { Command } from 'commander';
import type { Differences, Grant } from '../../store/database-roles.ts';
import { JSON_OPTION } from '../arguments.ts';
import { formatCount, printJson, REFUSED, type CommandContext } from '../command.ts';
import { prefixOption } from './roles.ts';

type Found = Differences & { readonly mayRewriteRecords: boolean };

export function addDatabaseCheck(group: Command, context: CommandContext): void {
  group
    .command('check')
    .description('whether each role may do what it needs and nothing else, and this login is none that could rewrite records; exit code 1 when not')
    .addOption(prefixOption())
    .option(...JSON_OPTION)
    .action(async ({ prefix, json }: { prefix: string; json?: true }) => {
      const stores = await context.connections.stores();
      const { mayRewriteRecords, roleDifferences } = await import('../../store/database-roles.ts');
      const found = { ...(await roleDifferences(stores, prefix)), mayRewriteRecords: await mayRewriteRecords(stores) };
      const problems = problemsOf(found, prefix);
      if (json) printJson(context, found);
      else
        for (const line of problems.length > 0 ? problems : [`the privileges of all ${found.roles.length} roles are as they should be`])
          context.print(line);
      if (problems.length > 0) context.exitWith(REFUSED);
    });
}

function problemsOf({ roles, missing, tooMany, mayRewriteRecords }: Found, prefix: string): readonly string[] {
  return [
    ...(roles.length === 0
      ? [`There is no role ${prefix}_…: every process does everything as one login. "certifiable database roles" says how to make them.`]
      : []),
    ...(mayRewriteRecords ? ['This login owns the tables: it could change, and empty, what is append-only.'] : []),
    ...missing.map((grant) => `${grant.role} lacks ${wordsOf(grant)}`),
    ...tooMany.map((grant) => `${grant.role} has ${wordsOf(grant)}, which it must not have`),
    ...(missing.length + tooMany.length > 0
      ? [`${formatCount(missing.length + tooMany.length)} differ: run the migration again, as the owner of the tables.`]
      : []),
  ];
}

function wordsOf({ privilege, relation, column }: Grant): string {
  return `${privilege} on ${relation}${column === null ? '' : `.${column}`}`;
}
