import { setTimeout as pause } from 'node:timers/promises';
import { runTool, saidBy } from '../check/run-tool.ts';
import type { Container } from './compose-project.ts';
import type { Seen, Visitor } from './compose-visitor.ts';
import type { Engine } from './engine.ts';
import type { Work } from './cache.ts';

/** Each server of a compose project killed as a crash would, one after another. */

export type Kill = Seen & {
  readonly service: string;
  /** Until it runs again and everything is well. */
  readonly recoveredSeconds: number;
};

/** As a crash ends it, so that its restart policy counts: a container that the engine is told to kill stays down. */
export async function crash(engine: Engine, id: string): Promise<void> {
  const pid = await engine.dockerSays(['inspect', '--format', '{{.State.Pid}}', id]);
  const [command = '', ...before] = engine.inNamespaces;
  const run = await runTool({ command, args: [...before, 'kill', '-KILL', pid] });
  if (run.code !== 0) throw new Error(saidBy(run));
}

export async function killEach(
  engine: Engine,
  { servers, visitor, untilWell, log, signal }: Work & { servers: readonly Container[]; visitor: Visitor; untilWell: () => Promise<void> },
): Promise<readonly Kill[]> {
  const kills: Kill[] = [];
  for (const { service, id } of servers) {
    visitor.seen();
    const killedAt = Date.now();
    const before = await startOf(engine, id);
    await crash(engine, id);
    while ((await startOf(engine, id)) === before) await pause(100, undefined, { signal });
    await untilWell();
    const kill = { service, recoveredSeconds: Math.round((Date.now() - killedAt) / 1000), ...visitor.seen() };
    kills.push(kill);
    log(
      `killed ${service}: everything well after ${kill.recoveredSeconds} s; meanwhile ${kill.saved} answers saved, ${kill.refused} refused, ${kill.longestSeconds} s between two at most`,
    );
  }
  return kills;
}

async function startOf(engine: Engine, id: string): Promise<string> {
  return engine.dockerSays(['inspect', '--format', '{{.State.StartedAt}}', id]);
}
