import { isPassing, troubleOf } from '../../frame/problem.ts';
import { saveResponse } from '../../generated/client.ts';
import { openLocalAnswers, type AnswerValue, type LocalAnswers } from './local-answers.ts';

/**
 * The answers of one test while it is taken. Each change is kept on this device at once and sent to the API in the order of its
 * sequence number, the newest of an item alone; it counts as saved when the API has said so. While there is no connection it is
 * tried again and again, and after a crash by whoever opens the test next.
 */

type AnswerState =
  /** The API has it. */
  | 'saved'
  /** On this device alone, so far. */
  | 'unsaved'
  /** Another window or device has saved a newer one: the candidate chooses. */
  | 'conflict'
  /** The API does not take it as it is, and says why. */
  | 'refused';

export type Answer = {
  readonly value: AnswerValue;
  readonly sequence: number;
  readonly state: AnswerState;
  readonly newer?: SavedAnswer;
  readonly refusal?: unknown;
  /** Came from another window a moment ago. */
  readonly fromElsewhere?: true;
};

export type SavedAnswer = { readonly value: AnswerValue; readonly sequence: number };

export type Answers = {
  readonly items: Readonly<Record<string, Answer>>;
  /** No answer came to the last request: offline, or the API is away. */
  readonly disconnected: boolean;
  /** The test takes no answer any more. */
  readonly closed: boolean;
  /** False where the browser keeps nothing: then only an open page holds what is not saved. */
  readonly keptOnDevice: boolean;
};

export type AnswerKeeper = {
  readonly subscribe: (listener: () => void) => () => void;
  readonly read: () => Answers;
  readonly change: (itemId: string, value: AnswerValue) => void;
  /** After a conflict: one's own answer again, above the newer one; or the newer one. */
  readonly choose: (itemId: string, which: 'own' | 'newer') => void;
  /** What the API has, read again: of another device, say. */
  readonly learn: (saved: readonly ({ readonly itemId: string } & SavedAnswer)[]) => void;
  /** Sends what is not saved, now. Whether everything is saved then. */
  readonly flush: () => Promise<boolean>;
  readonly stop: () => void;
};

const TYPING_MILLISECONDS = 500;
const RETRY_MILLISECONDS = { first: 1000, most: 10_000 };

type Message = { readonly itemId: string } & SavedAnswer;

export async function createAnswerKeeper({
  subject,
  attemptId,
  saved,
}: {
  subject: string;
  attemptId: string;
  saved: readonly ({ readonly itemId: string } & SavedAnswer)[];
}): Promise<AnswerKeeper> {
  const local: LocalAnswers | undefined = await openLocalAnswers({ subject, attemptId }).catch(() => undefined);
  const channel = new BroadcastChannel(`certifiable-answers ${attemptId}`);
  const listeners = new Set<() => void>();
  const sending = new Map<string, Promise<void>>();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  let retryMilliseconds = RETRY_MILLISECONDS.first;
  let answers: Answers = { items: {}, disconnected: false, closed: false, keptOnDevice: local !== undefined };

  const set = (changed: Partial<Answers>) => {
    answers = { ...answers, ...changed };
    for (const listener of listeners) listener();
  };
  const setItem = (itemId: string, answer: Answer) => set({ items: { ...answers.items, [itemId]: answer } });

  function change(itemId: string, value: AnswerValue): void {
    const before = answers.items[itemId];
    // While the candidate has to choose, what is typed stays on their side of it.
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
    const answer = answers.items[itemId];
    if (answer?.state !== 'unsaved' || answers.closed) return;
    const request = sendOnce(itemId, answer).finally(() => sending.delete(itemId));
    sending.set(itemId, request);
    await request;
  }

  async function sendOnce(itemId: string, { value, sequence }: Answer): Promise<void> {
    try {
      await saveResponse({ attemptId, itemId, responseInput: { value, sequence } });
      acknowledged(itemId, { value, sequence });
    } catch (error) {
      failed(itemId, error);
    }
  }

  function acknowledged(itemId: string, { value, sequence }: SavedAnswer): void {
    retryMilliseconds = RETRY_MILLISECONDS.first;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none: it is of this origin alone
    channel.postMessage({ itemId, value, sequence } satisfies Message);
    void local?.forget({ itemId, sequence });
    if (answers.disconnected) set({ disconnected: false });
    const now = answers.items[itemId];
    if (now === undefined || now.sequence === sequence) setItem(itemId, { value, sequence, state: 'saved' });
    else schedule(itemId, TYPING_MILLISECONDS);
  }

  function failed(itemId: string, error: unknown): void {
    const answer = answers.items[itemId];
    if (answer === undefined) return;
    const trouble = troubleOf(error);
    const problem = trouble.kind === 'problem' ? trouble.problem : undefined;
    if (isPassing(error) || problem?.code === 'unauthenticated') {
      set({ disconnected: true });
      schedule(itemId, retryMilliseconds);
      retryMilliseconds = Math.min(retryMilliseconds * 2, RETRY_MILLISECONDS.most);
    } else if (problem?.code === 'stale_sequence') setItem(itemId, { ...answer, state: 'conflict', newer: problem['current'] as SavedAnswer });
    else if (problem?.code === 'deadline_passed' || problem?.code === 'wrong_phase') set({ closed: true });
    else setItem(itemId, { ...answer, state: 'refused', refusal: error });
  }

  /** Saved elsewhere: taken over where nothing of one's own waits, told where something does. */
  function hear({ itemId, value, sequence }: Message, isNews: boolean): void {
    const own = answers.items[itemId];
    if (own !== undefined && own.sequence >= sequence) return;
    if (own === undefined || own.state === 'saved') setItem(itemId, { value, sequence, state: 'saved', ...(isNews ? { fromElsewhere: true } : {}) });
    else if (isSame(own.value, value)) setItem(itemId, { value, sequence, state: 'saved' });
    else setItem(itemId, { ...own, state: 'conflict', newer: { value, sequence } });
  }

  function choose(itemId: string, which: 'own' | 'newer'): void {
    const answer = answers.items[itemId];
    if (answer?.newer === undefined) return;
    const { value, newer } = answer;
    if (which === 'newer') {
      setItem(itemId, { ...newer, state: 'saved' });
      void local?.forget({ itemId, sequence: Number.MAX_SAFE_INTEGER });
      return;
    }
    const sequence = Math.max(answer.sequence, newer.sequence) + 1;
    setItem(itemId, { value, sequence, state: 'unsaved' });
    void local?.keep({ itemId, value, sequence });
    schedule(itemId, 0);
  }

  const unsaved = () => Object.entries(answers.items).flatMap(([itemId, { state }]) => (state === 'unsaved' ? [itemId] : []));
  const tryAgain = () => {
    retryMilliseconds = RETRY_MILLISECONDS.first;
    for (const itemId of unsaved()) void send(itemId);
  };
  const lost = () => set({ disconnected: true });
  const whenHidden = () => {
    if (document.visibilityState === 'hidden') tryAgain();
  };

  for (const answer of saved) hear(answer, false);
  // What a tab that is gone has left behind.
  for (const { itemId, value, sequence } of (await local?.all()) ?? []) {
    const known = answers.items[itemId];
    if (known !== undefined && isSame(known.value, value)) void local?.forget({ itemId, sequence });
    else if (known === undefined || known.sequence < sequence) {
      setItem(itemId, { value, sequence, state: 'unsaved' });
      schedule(itemId, 0);
    } else setItem(itemId, { value, sequence, state: 'conflict', newer: known });
  }
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => hear(data, true));
  addEventListener('online', tryAgain);
  addEventListener('offline', lost);
  document.addEventListener('visibilitychange', whenHidden);

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read: () => answers,
    change,
    choose,
    learn: (read) => {
      for (const answer of read) hear(answer, true);
    },
    async flush() {
      await Promise.all(unsaved().map((itemId) => send(itemId)));
      // What was typed while the request was on its way.
      await Promise.all(unsaved().map((itemId) => send(itemId)));
      return Object.values(answers.items).every(({ state }) => state === 'saved');
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

/** An answer as text saves in NFC, and choices in any order. */
function isSame(one: AnswerValue, other: AnswerValue): boolean {
  const plain = (value: AnswerValue) => (typeof value === 'string' ? value.normalize('NFC') : value.toSorted().join('\n'));
  return typeof one === typeof other && plain(one) === plain(other);
}
