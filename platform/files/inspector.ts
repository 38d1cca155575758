import { Worker } from 'node:worker_threads';
import type { FileAtHand } from './blocks.ts';
import type { FileFault } from './fault.ts';
import type { InspectedType } from './inspect.ts';

export type Task = { readonly kind: 'inspect'; readonly mediaType: InspectedType } | { readonly kind: 'attachment'; readonly name: string };
export type ToThread =
  | { readonly kind: 'begin'; readonly task: Task; readonly sizeBytes: number }
  | { readonly kind: 'bytes'; readonly read: number; readonly bytes: Uint8Array };
export type FromThread =
  | { readonly kind: 'read'; readonly read: number; readonly start: number; readonly end: number }
  | { readonly kind: 'done'; readonly outcome: Outcome };
/** All undefined: nothing is wrong, or nothing is attached. `several`: more than one, and not the same. */
export type Outcome = { readonly fault?: FileFault | undefined; readonly attachment?: Uint8Array | undefined; readonly several?: true };

type Limits = {
  /** Inspections at once in this process; further ones wait. */
  readonly atOnce: number;
  /** So many may wait; further ones reject with an InspectorBusy. */
  readonly waitingMax: number;
  /** Of one inspection, without the time in which the storage is waited for; with it ten times as long. */
  readonly milliseconds: number;
  /** Heap of one inspection. */
  readonly heapMebibytes: number;
  /** By which this process may grow meanwhile: what a parser unpacks lies outside its heap. */
  readonly memoryMebibytes: number;
};

/** Too many files at once: the same call may be made again later. */
export class InspectorBusy extends Error {
  constructor() {
    super('too many files are being looked at');
    this.name = 'InspectorBusy';
  }
}

export type Inspector = {
  /** What is wrong with the file; undefined when it is what it says. Rejects as `read` does. */
  readonly faultOf: (file: FileAtHand, mediaType: InspectedType) => Promise<FileFault | undefined>;
  /** The content of what is attached to a PDF under this name; undefined where there is none. Or why the PDF cannot be opened. */
  readonly attachmentOf: (file: FileAtHand, name: string) => Promise<Outcome>;
};

/** A parser that reads the same again and again is ended as well. */
const WAITED_FOR_STORAGE = 10;

/** In which a parser unpacks some ten mebibytes. */
const MEMORY_MILLISECONDS = 25;

const THREAD = new URL('inspection-thread.ts', import.meta.url);

/**
 * Opens files of strangers, each in a thread of its own without an environment: a parser that hangs, or fills its memory,
 * is ended, and the file is refused as too much. Parsers are kept libraries: pdf.js, yauzl, file-type. A thread that found nothing wrong with a
 * text, which no parser saw, goes on to the next one: to start one takes longer than to read most texts.
 */
export function createInspector(limits: Limits): Inspector {
  const inTurn = takeTurns(limits);
  const ofTexts = keepSpares();

  async function inThread(file: FileAtHand, task: Task): Promise<Outcome> {
    const isText = task.kind === 'inspect' && TEXTS.has(task.mediaType);
    const thread = (isText ? ofTexts.take() : undefined) ?? startThread(limits);
    let isSpare = false;
    try {
      const outcome = await outcomeOf(thread, { file, task, limits });
      isSpare = isText && outcome.fault === undefined;
      return outcome;
    } finally {
      if (isSpare) ofTexts.keep(thread);
      else await thread.terminate();
    }
  }

  return {
    async faultOf(file, mediaType) {
      const outcome = await inTurn(() => inThread(file, { kind: 'inspect', mediaType }));
      return outcome.fault;
    },
    attachmentOf: (file, name) => inTurn(() => inThread(file, { kind: 'attachment', name })),
  };
}

const TEXTS: ReadonlySet<InspectedType> = new Set(['text/markdown', 'text/plain']);

function keepSpares() {
  const spares = new Set<Worker>();
  return {
    take(): Worker | undefined {
      const [thread] = spares;
      if (!thread) return undefined;
      spares.delete(thread);
      forgetListeners(thread);
      thread.ref();
      return thread;
    },
    keep(thread: Worker): void {
      forgetListeners(thread);
      // One that ends meanwhile is missed by nobody.
      for (const ended of ['error', 'exit']) thread.on(ended, () => spares.delete(thread));
      thread.unref();
      spares.add(thread);
    },
  };
}

function takeTurns({ atOnce, waitingMax }: Limits): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < atOnce) running += 1;
    else if (waiting.length >= waitingMax) throw new InspectorBusy();
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

const TOO_MUCH: FileFault = {
  fault: 'too_much',
  message: 'The file takes too long or too much memory to open. Save it anew, simpler or in a smaller form, and upload that.',
};

/** Those of ours: a thread has some of its own, without which it says nothing more. */
function forgetListeners(thread: Worker): void {
  for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event);
}

function startThread({ heapMebibytes }: Limits): Worker {
  return new Worker(THREAD, {
    env: {},
    // What a parser has to say of a stranger's file is nobody's log.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapMebibytes, maxYoungGenerationSizeMb: 16 },
  });
}

type Inspection = { readonly file: FileAtHand; readonly task: Task; readonly limits: Limits };

function outcomeOf(thread: Worker, { file, task, limits: { milliseconds, memoryMebibytes } }: Inspection): Promise<Outcome> {
  const tell = (message: ToThread) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
    thread.postMessage(message);
  };
  return new Promise((resolve, reject) => {
    const tooMuch = () => resolve({ fault: TOO_MUCH });
    const budget = startBudget(milliseconds, tooMuch);
    const memory = watchMemory(memoryMebibytes * 1024 * 1024, tooMuch);
    const end = (settle: () => void) => {
      budget.stop();
      clearInterval(memory);
      settle();
    };
    thread.on('message', (message: FromThread) => {
      switch (message.kind) {
        case 'read':
          budget.pause();
          file.read(message.start, message.end).then(
            (bytes) => {
              budget.resume();
              tell({ kind: 'bytes', read: message.read, bytes });
            },
            (error: unknown) => end(() => reject(error instanceof Error ? error : new Error('the file cannot be read', { cause: error }))),
          );
          return;
        case 'done':
          return end(() => resolve(message.outcome));
      }
    });
    thread.on('error', (error: NodeJS.ErrnoException) =>
      end(() => (error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? resolve({ fault: TOO_MUCH }) : reject(error))),
    );
    thread.on('exit', () => end(() => resolve({ fault: TOO_MUCH })));
    tell({ kind: 'begin', task, sizeBytes: file.sizeBytes });
  });
}

function watchMemory(bytesMax: number, onSpent: () => void): NodeJS.Timeout {
  const before = process.memoryUsage.rss();
  return setInterval(() => {
    if (process.memoryUsage.rss() - before > bytesMax) onSpent();
  }, MEMORY_MILLISECONDS);
}

/** Counts time but for its pauses, which may overlap. */
function startBudget(milliseconds: number, onSpent: () => void) {
  let [left, pauses] = [milliseconds, 0];
  let since = performance.now();
  let timer = setTimeout(onSpent, left);
  const whole = setTimeout(onSpent, WAITED_FOR_STORAGE * milliseconds);
  return {
    pause() {
      pauses += 1;
      if (pauses > 1) return;
      clearTimeout(timer);
      left -= performance.now() - since;
    },
    resume() {
      pauses -= 1;
      if (pauses > 0) return;
      since = performance.now();
      timer = setTimeout(onSpent, Math.max(0, left));
    },
    stop() {
      clearTimeout(timer);
      clearTimeout(whole);
      pauses = Number.POSITIVE_INFINITY;
    },
  };
}
