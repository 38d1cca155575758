import { setTimeout as pause } from 'node:timers/promises';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Logger } from './logging.ts';
import { readSecretFile, type SecretFiles } from './secret-files.ts';

/**
 * Secrets that change while the process runs. Files are looked at again and again rather than watched: Kubernetes swaps a
 * symbolic link above the file, which file watches do not see.
 */
const CHECK_MILLISECONDS = 5000;

/** What was made of a secret. Read `current` whenever it is needed: it is another one after the file has changed. */
export type Kept<Value> = { readonly current: Value };

type KeptSecret<Value> = {
  /** Of the setting. */
  readonly name: string;
  /** As the configuration read it. */
  readonly value: string;
  /** Rejects when the secret is unusable, with a message that does not quote it. */
  readonly make: (secret: string) => Value | Promise<Value>;
  /** Takes leave of the one before. */
  readonly dispose?: (former: Value) => Promise<void>;
};

export type SecretKeeper = {
  /** Rejects as `make` does for the first value. An unusable one later changes nothing: the former goes on being used, and that is told. */
  readonly keep: <Value>(secret: KeptSecret<Value>) => Promise<Kept<Value>>;
  /** Looks at all files now. Never rejects. */
  readonly check: () => Promise<void>;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  readonly stop: () => void;
};

export function createSecretKeeper({ secretFiles = {}, logger }: { secretFiles?: SecretFiles | undefined; logger: Logger }): SecretKeeper {
  const looks: (() => Promise<void>)[] = [];
  const stopping = new AbortController();
  const registry = new Registry();
  const reloads = new Counter({
    name: 'certifiable_secret_reloads_total',
    help: 'Changes of secret files: taken, or refused as unusable (each look counts)',
    labelNames: ['secret', 'outcome'],
    registers: [registry],
  });
  const unusable = new Gauge({
    name: 'certifiable_secret_file_unusable',
    help: '1 while a secret file cannot be used and the former secret is in use',
    labelNames: ['secret'],
    registers: [registry],
  });

  async function check(): Promise<void> {
    await Promise.all(looks.map((look) => look()));
  }

  async function checkOnAndOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pause(CHECK_MILLISECONDS, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      if (!stopping.signal.aborted) await check();
    }
  }

  function lookAt<Value>({ name, value, make, dispose }: KeptSecret<Value>, path: string, kept: { current: Value }): () => Promise<void> {
    let known = value;
    return async () => {
      try {
        const text = readSecretFile(path);
        if (text !== known) {
          const former = kept.current;
          kept.current = await make(text);
          known = text;
          reloads.inc({ secret: name, outcome: 'taken' });
          logger.info({ secret: name, path }, 'a secret has changed: the new one is in use');
          await dispose?.(former);
        }
        unusable.set({ secret: name }, 0);
      } catch (error) {
        reloads.inc({ secret: name, outcome: 'refused' });
        unusable.set({ secret: name }, 1);
        // Nothing but the message: errors of parsers carry what they were given.
        const problem = error instanceof Error ? error.message : 'unknown';
        logger.error({ secret: name, path, problem }, 'a secret has changed and cannot be used: the former one stays in use');
      }
    };
  }

  return {
    async keep<Value>(secret: KeptSecret<Value>): Promise<Kept<Value>> {
      const kept = { current: await secret.make(secret.value) };
      const path = secretFiles[secret.name];
      if (path !== undefined) {
        unusable.set({ secret: secret.name }, 0);
        if (looks.push(lookAt(secret, path, kept)) === 1) void checkOnAndOn();
      }
      return kept;
    },
    check,
    metrics: () => registry.metrics(),
    stop: () => stopping.abort(),
  };
}
