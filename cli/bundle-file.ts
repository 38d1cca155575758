import { access } from 'node:fs/promises';
import type { Command } from 'commander';
import { wrongArguments } from './arguments.ts';
import { CommandError } from './command.ts';
import { readOwnBuild } from './config.ts';

/** The bundle named, or the one of the image that the command runs in. */
export async function bundleFile(named: string | undefined, command: Command): Promise<string> {
  const file = named ?? readOwnBuild().WORKFLOW_BUNDLE;
  if (file === undefined) wrongArguments(command, 'name the workflow bundle: --bundle FILE, or WORKFLOW_BUNDLE as in the image');
  await access(file).catch(() => {
    throw new CommandError(`there is no workflow bundle ${file}: "node local/bundle.ts ${file}" makes one of this checkout`);
  });
  return file;
}
