import type { Problem } from '../../generated/client.ts';
import { isPassing, troubleOf } from '../problem.ts';
import { openLocal, type Local, type Place } from './local.ts';

/**
 * What one person types, item by item: answers of a test, marks of a script. Each change is kept on this device at once and sent to the
 * API in the order of its sequence number, the newest of an item alone; it counts as saved when the API has said so. While there is
 * no connection it is tried again and again, and after a crash by whoever opens the same work next.
 */

type EntryState =
  /** The API has it. */
  | 'saved'
  /** On this device alone, so far. */
  | 'unsaved'
  /** Another window or device has saved a newer one: the person chooses. */
  | 'conflict'
  /** The API does not take it as it is, and says why. */
  | 'refused';

type Saved<Value> = { readonly value: Value; readonly sequence: number };

export type Entry<Value> = Saved<Value> & {
  readonly state: EntryState;
  readonly newer?: Saved<Value>;
  readonly refusal?: unknown;
  /** Came from another window a moment ago. */
  readonly fromElsewhere?: true;
};

export type Entries<Value> = {
  readonly items: Readonly<Record<string, Entry<Value>>>;
  /** No answer came to the last request: offline, or the API is away. */
  readonly disconnected: boolean;
  /** The API knows the person no longer: what waits is sent after the next sign-in. */
  readonly signedOut: boolean;
  /** Why nothing is taken any more. */
  readonly closed: Problem | undefined;
  /** False where the browser keeps nothing: then only an open page holds what is not saved. */
  readonly keptOnDevice: boolean;
};

export type Keeper<Value> = {
  readonly subscribe: (listener: () => void) => () => void;
  readonly read: () => Entries<Value>;
  readonly change: (itemId: string, value: Value) => void;
  /** After a conflict: one's own again, above the newer one; or the newer one. */
  readonly choose: (itemId: string, which: 'own' | 'newer') => void;
  /** What the API has, read again: of another device, say. */
  readonly learn: (saved: readonly SavedItem<Value>[]) => void;
  /** Sends what is not saved, now. Whether everything is saved then. */
  readonly flush: () => Promise<boolean>;
  readonly stop: () => void;
};

export type SavedItem<Value> = { readonly itemId: string } & Saved<Value>;

/** What the API keeps, and how it says no. */
export type Keeping<Value> = {
  readonly place: Place;
  readonly saved: readonly SavedItem<Value>[];
  readonly save: (item: SavedItem<Value>) => Promise<unknown>;
  readonly isSame: (one: Value, other: Value) => boolean;
  /** Of a problem with the code `stale_sequence`: what is saved in place of this item. */
  readonly newerOf: (problem: Problem, itemId: string) => Saved<Value> | undefined;
  /** Codes of problems after which nothing more is taken. */
  readonly closedBy: readonly string[];
};

const TYPING_MILLISECONDS = 500;
const RETRY_MILLISECONDS = { first: 1000, most: 10_000 };

export async function createKeeper<Value>({ place, saved, save, isSame, newerOf, closedBy }: Keeping<Value>): Promise<Keeper<Value>> {
  const local: Local<Value> | undefined = await openLocal<Value>(place).catch(() => undefined);
  const channel = new BroadcastChannel(`certifiable-typed ${place.of}`);
  const listeners = new Set<() => void>();
  const sending = new Map<string, Promise<void>>();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  let retryMilliseconds = RETRY_MILLISECONDS.first;
  let entries: Entries<Value> = { items: {}, disconnected: false, signedOut: false, closed: undefined, keptOnDevice: local !== undefined };

  const set = (changed: Partial<Entries<Value>>) => {
    entries = { ...entries, ...changed };
    for (const listener of listeners) listener();
  };
  const setItem = (itemId: string, entry: Entry<Value>) => set({ items: { ...entries.items, [itemId]: entry } });

  function change(itemId: string, value: Value): void {
    const before = entries.items[itemId];
    // While the person has to choose, what is typed stays on their side of it.
    const sequence = Math.max(before?.sequence ?? 0, before?.newer?.sequence ?? 0) + 1;
    const state = before?.state === 'conflict' ? 'conflict' : 'unsaved';
    setItem(itemId, { value, sequence, state, ...(before?.newer === undefined ? {} : { newer: before.newer }) });
    void local?.keep({ itemId, value, sequence });
    if (state === 'unsaved') schedule(itemId, TYPING_MILLISECONDS);
  }

  function schedule(itemId: string, milliseconds: number): void {
    if (timers.has(itemId)) return;
    timers.set(
      itemId,
      setTimeout(() => void send(itemId), milliseconds),
    );
  }

  /** One request of an item at a time; what was typed meanwhile follows it. */
  async function send(itemId: string): Promise<void> {
    clearTimeout(timers.get(itemId));
    timers.delete(itemId);
    await sending.get(itemId);
    const entry = entries.items[itemId];
    if (entry?.state !== 'unsaved' || entries.closed) return;
    const request = sendOnce(itemId, entry).finally(() => sending.delete(itemId));
    sending.set(itemId, request);
    await request;
  }

  async function sendOnce(itemId: string, { value, sequence }: Entry<Value>): Promise<void> {
    try {
      await save({ itemId, value, sequence });
      acknowledged(itemId, { value, sequence });
    } catch (error) {
      failed(itemId, error);
    }
  }

  function acknowledged(itemId: string, { value, sequence }: Saved<Value>): void {
    retryMilliseconds = RETRY_MILLISECONDS.first;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none: it is of this origin alone
    channel.postMessage({ itemId, value, sequence } satisfies SavedItem<Value>);
    void local?.forget({ itemId, sequence });
    if (entries.disconnected || entries.signedOut) set({ disconnected: false, signedOut: false });
    const now = entries.items[itemId];
    if (now === undefined || now.sequence === sequence) setItem(itemId, { value, sequence, state: 'saved' });
    else schedule(itemId, TYPING_MILLISECONDS);
  }

  function failed(itemId: string, error: unknown): void {
    const entry = entries.items[itemId];
    if (entry === undefined) return;
    const trouble = troubleOf(error);
    const problem = trouble.kind === 'problem' ? trouble.problem : undefined;
    const signedOut = problem?.code === 'unauthenticated';
    if (isPassing(error) || signedOut) {
      set({ disconnected: !signedOut, signedOut });
      schedule(itemId, retryMilliseconds);
      retryMilliseconds = Math.min(retryMilliseconds * 2, RETRY_MILLISECONDS.most);
      return;
    }
    if (problem && closedBy.includes(problem.code)) return set({ closed: problem });
    const newer = problem?.code === 'stale_sequence' ? newerOf(problem, itemId) : undefined;
    setItem(itemId, newer ? { ...entry, state: 'conflict', newer } : { ...entry, state: 'refused', refusal: error });
  }

  /** Saved elsewhere: taken over where nothing of one's own waits, told where something does. */
  function hear({ itemId, value, sequence }: SavedItem<Value>, isNews: boolean): void {
    const own = entries.items[itemId];
    if (own !== undefined && own.sequence >= sequence) return;
    if (own === undefined || own.state === 'saved') setItem(itemId, { value, sequence, state: 'saved', ...(isNews ? { fromElsewhere: true } : {}) });
    else if (isSame(own.value, value)) setItem(itemId, { value, sequence, state: 'saved' });
    else setItem(itemId, { ...own, state: 'conflict', newer: { value, sequence } });
  }

  function choose(itemId: string, which: 'own' | 'newer'): void {
    const entry = entries.items[itemId];
    if (entry?.newer === undefined) return;
    const { value, newer } = entry;
    if (which === 'newer') {
      setItem(itemId, { ...newer, state: 'saved' });
      void local?.forget({ itemId, sequence: Number.MAX_SAFE_INTEGER });
      return;
    }
    const sequence = Math.max(entry.sequence, newer.sequence) + 1;
    setItem(itemId, { value, sequence, state: 'unsaved' });
    void local?.keep({ itemId, value, sequence });
    schedule(itemId, 0);
  }

  const unsaved = () => Object.entries(entries.items).flatMap(([itemId, { state }]) => (state === 'unsaved' ? [itemId] : []));
  const tryAgain = () => {
    retryMilliseconds = RETRY_MILLISECONDS.first;
    for (const itemId of unsaved()) void send(itemId);
  };
  const lost = () => set({ disconnected: true, signedOut: false });
  const whenHidden = () => {
    if (document.visibilityState === 'hidden') tryAgain();
  };

  for (const item of saved) hear(item, false);
  // What a tab that is gone has left behind.
  for (const { itemId, value, sequence } of (await local?.all()) ?? []) {
    const known = entries.items[itemId];
    if (known !== undefined && isSame(known.value, value)) void local?.forget({ itemId, sequence });
    else if (known === undefined || known.sequence < sequence) {
      setItem(itemId, { value, sequence, state: 'unsaved' });
      schedule(itemId, 0);
    } else setItem(itemId, { value, sequence, state: 'conflict', newer: known });
  }
  channel.addEventListener('message', ({ data }: MessageEvent<SavedItem<Value>>) => hear(data, true));
  addEventListener('online', tryAgain);
  addEventListener('offline', lost);
  document.addEventListener('visibilitychange', whenHidden);

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read: () => entries,
    change,
    choose,
    learn: (read) => {
      for (const item of read) hear(item, true);
    },
    async flush() {
      await Promise.all(unsaved().map((itemId) => send(itemId)));
      // What was typed while the request was on its way.
      await Promise.all(unsaved().map((itemId) => send(itemId)));
      return Object.values(entries.items).every(({ state }) => state === 'saved');
    },
    stop() {
      tryAgain();
      channel.close();
      removeEventListener('online', tryAgain);
      removeEventListener('offline', lost);
      document.removeEventListener('visibilitychange', whenHidden);
    },
  };
}
