import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rendering, Manifest } from '../../deploy/check/manifests.ts';
import { manifestsOf } from '../../deploy/check/manifests.ts';
import { schemasDirectory } from '../../deploy/check/schemas/assemble.ts';
import type { ToolName } from '../../local/tools/catalogue.ts';
import { installedTool, toolsBin } from '../../local/tools/install.ts';

/** For tests: the tools that `npm run check:deploy` has installed. Without them these tests are skipped, and CI runs it before. */

export const root = fileURLToPath(new URL('../..', import.meta.url));

export async function areInstalled(...names: readonly ToolName[]): Promise<boolean> {
  const found = await Promise.all(names.map((name) => installedTool(name)));
  return found.every((path) => path !== undefined);
}

export async function areAssembled(): Promise<boolean> {
  return access(schemasDirectory()).then(
    () => true,
    () => false,
  );
}

export function tool(executable: string): string {
  return join(toolsBin(), executable);
}

export function renderingOf(text: string, source = 'test.yaml'): Rendering & { readonly manifests: readonly Manifest[] } {
  return { source, text, manifests: manifestsOf(text) };
}
