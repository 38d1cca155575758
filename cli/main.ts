#!/usr/bin/env node
import { createConnections } from './connections.ts';
import { runCertifiable } from './program.ts';

/** `certifiable`: what operators and authors of exams do, by hand or in a script. */

const printError = (line: string) => void process.stderr.write(`${line}\n`);

/** Taken from the moment that a command asks for it: until then a signal ends the process, as everywhere. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stopping.abort());
  return stopping.signal;
}

// Whoever reads the answer may stop reading (| head): what is under way goes on to its end.
process.stdout.on('error', () => {});

process.exitCode = await runCertifiable(process.argv.slice(2), {
  print: (line) => void process.stdout.write(`${line}\n`),
  printError,
  connections: createConnections({ announce: printError, stackFile: new URL('../.certifiable/stack.json', import.meta.url) }),
  stopSignal,
});
