import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Locator } from 'playwright-core';
import type { Person } from '../../local/tokens.ts';
import type { Random } from '../people/random.ts';
import { killTab, openWindow, signIn, signInAgain } from '../support/browser.ts';
import { part, points, reason } from '../support/desk.ts';

/** One grader in a browser of their own, who touches nothing but the keyboard, and to whom things happen. */

type Field = 'points' | 'reason';
type Typed = { readonly itemId: string; readonly points: number; readonly reason: string };
export type Script = { readonly typed: readonly Typed[]; readonly keys: number; readonly seconds: number; readonly faults: readonly Fault[] };
type Fault = 'network' | 'tab' | 'network and tab';

/** What the pages showed less than was typed, in characters. */
export type Loss = { readonly grader: string; readonly field: string; readonly typed: string; readonly shown: string };

const PATIENCE = { timeout: 120_000 };
const TABS_MAX = 80;
const OFFLINE_MILLISECONDS = 3000;
const NOTHING_MILLISECONDS = 1000;

export type KeyboardGrader = {
  /** Marks the next script, if there is one. */
  readonly markNext: () => Promise<Script | undefined>;
  readonly losses: readonly Loss[];
  readonly close: () => Promise<void>;
};

export async function createKeyboardGrader({
  browser,
  url,
  person,
  random,
  faultProbability,
}: {
  browser: Browser;
  url: string;
  person: Person;
  random: Random;
  faultProbability: number;
}): Promise<KeyboardGrader> {
  const opened = await openWindow(browser, { url });
  const { context } = opened;
  let { page } = opened;
  let keys = 0;
  const losses: Loss[] = [];
  await signIn(page, { path: '/desk', as: person });

  const press = async (key: string) => {
    keys += 1;
    await page.keyboard.press(key);
  };
  const hasFocus = async (target: Locator) => (await target.and(page.locator(':focus')).count()) > 0;

  async function tabTo(target: Locator): Promise<void> {
    await target.first().waitFor(PATIENCE);
    for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
      if (await hasFocus(target)) return;
      await press('Tab');
    }
    throw new Error(`${String(target)} is not reached by the keyboard`);
  }

  const button = (name: string) => page.getByRole('button', { name, exact: true });

  /** Presses it until one of the others is there: the API may be away just now. */
  async function pressUntil(name: string, ...there: readonly Locator[]): Promise<void> {
    const arrived = async () => (await Promise.all(there.map((one) => one.count()))).some((count) => count > 0);
    for (let tries = 0; tries < 120 && !(await arrived()); tries += 1) {
      await tabTo(button(name));
      await press('Enter');
      for (let looks = 0; looks < 20 && !(await arrived()); looks += 1) await pause(50);
    }
  }

  /** The script is found again at the desk, as whoever was thrown out finds it. */
  async function comeBack(): Promise<void> {
    page = await context.newPage();
    await untilAnswered(() => signInAgain(page, { path: '/desk', as: person }));
    await tabTo(page.getByRole('link', { name: 'Go on' }));
    await press('Enter');
    await points(page, 1).waitFor(PATIENCE);
  }

  async function happen(fault: Fault): Promise<void> {
    if (fault !== 'tab') await context.setOffline(true);
    if (fault === 'network') {
      // Comes back by itself, while they type on.
      setTimeout(() => void context.setOffline(false).catch(() => {}), OFFLINE_MILLISECONDS);
      return;
    }
    if (fault === 'network and tab') await pause(OFFLINE_MILLISECONDS * random());
    await killTab(page);
    await context.setOffline(false);
    await comeBack();
  }

  const fieldOf = (number: number, field: Field) => (field === 'points' ? points : reason)(page, number);

  /** Everything typed so far is where it was typed. */
  async function compare(typed: ReadonlyMap<string, string>): Promise<void> {
    for (const [field, text] of typed) {
      const [number = '', kind = ''] = field.split(' ');
      const shown = await fieldOf(Number(number), kind as Field).inputValue();
      if (shown !== text) losses.push({ grader: person.subject, field, typed: text, shown });
    }
  }

  async function type(text: string, { number, field, typed, fault }: { number: number; field: Field; typed: Map<string, string>; fault?: Fault }) {
    const key = `${number} ${field}`;
    const half = fault === undefined ? text.length : Math.ceil(text.length * random());
    const put = async (part: string) => {
      await page.keyboard.type(part);
      keys += part.length;
      typed.set(key, (typed.get(key) ?? '') + part);
    };
    await put(text.slice(0, half));
    if (fault === undefined) return;
    const before = page;
    await happen(fault);
    if (page !== before) {
      await compare(typed);
      await tabTo(fieldOf(number, field));
      await press('Control+End');
    }
    await put(text.slice(half));
  }

  /** What is asked, and how much is in the answer, both as they stand on the page. */
  async function read(number: number): Promise<{ itemId: string; given: number }> {
    const text = await part(page, number).innerText();
    const itemId = /explain (\w+)\./.exec(text)?.[1];
    if (itemId === undefined) throw new Error(`part ${number} asks nothing: ${text}`);
    return { itemId, given: Number(/Worth (\d+) points\./.exec(text)?.[1]) };
  }

  const drawn = (): Fault | undefined =>
    random() < faultProbability ? (['network', 'tab', 'network and tab'] as const)[Math.floor(random() * 3)] : undefined;

  async function mark(): Promise<Pick<Script, 'typed' | 'faults'>> {
    const typed = new Map<string, string>();
    const faults: Fault[] = [];
    const marks: Typed[] = [];
    await tabTo(points(page, 1));
    const parts = await page.locator('[data-part]').count();
    for (let number = 1; number <= parts; number += 1) {
      const { itemId, given } = await read(number);
      const why = `${given} points: half of it is there, the trade-off is not (${crypto.randomUUID()}, ${person.name}).`;
      await type(String(given), { number, field: 'points', typed });
      await press('Enter');
      const fault = drawn();
      if (fault) faults.push(fault);
      await type(why, { number, field: 'reason', typed, ...(fault && { fault }) });
      marks.push({ itemId, points: given, reason: why });
      if (number < parts) await press('Control+Enter');
    }
    await compare(typed);
    await pressUntil('Look through and hand in', page.getByText('Everything is marked.'));
    await page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor(PATIENCE);
    await pressUntil('Hand in', page.getByText('Your marks are handed in. Thank you.'));
    return { typed: marks, faults };
  }

  return {
    losses,
    async markNext() {
      const [startedAt, keysBefore] = [performance.now(), keys];
      const nothing = page.getByText('There is nothing for you to take just now.');
      await pressUntil('Take the next one', points(page, 1), nothing);
      if ((await points(page, 1).count()) === 0) {
        await pause(NOTHING_MILLISECONDS);
        // What was said of the last try would be taken for the answer to the next.
        await untilAnswered(async () => void (await page.reload()));
        return undefined;
      }
      const marked = await mark();
      return { ...marked, keys: keys - keysBefore, seconds: (performance.now() - startedAt) / 1000 };
    },
    close: () => context.close(),
  };
}

async function untilAnswered(work: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1)
    try {
      return await work();
    } catch (error) {
      if (tries > 60 || !/ERR_CONNECTION/.test(String(error))) throw error;
      await pause(1000);
    }
}
