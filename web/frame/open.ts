import type { Door } from './doors.ts';
import { firstLanguage } from './language.ts';
import type { Opened } from './session.tsx';
import { createSignIn, mayBeSignedIn } from './sign-in.ts';
import type { Start } from './start.tsx';
import { applyTheme } from './theme.ts';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';

/**
 * The first script of a door. Who is not signed in needs none of its pages: the sign-in page came as HTML and has two buttons. The pages
 * are started for everybody else, and where a button leads to them: its menu, or a sign-in that fails and has to be explained.
 */

type App = { readonly start: Start };

const OFFLINE = 'offline';

export async function openDoor(door: Door, load: () => Promise<App>): Promise<void> {
  applyTheme();
  // Beside the pages: each asks the server for something.
  const signingIn = createSignIn(door);
  signingIn.catch(() => {});
  const start = async (opened?: Opened) => (await load()).start({ signingIn, ...(opened && { opened }) });
  // The HTML speaks the first language that the browser asked for; who chose the other one here reads it from the pages.
  if (mayBeSignedIn(door) || document.documentElement.lang !== firstLanguage()) return start();
  const leave = async () => (await signingIn).begin();
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-opens]'))
    button.addEventListener('click', () => {
      button.dataset['pending'] = '';
      const isMenu = button.dataset['opens'] === 'menu';
      const opening = isMenu ? start({ menu: true }) : leave().catch((trouble: unknown) => start({ trouble }));
      opening.catch(showOffline).finally(() => delete button.dataset['pending']);
    });
  for (const hidden of document.querySelectorAll<HTMLElement>('#root [hidden]')) hidden.hidden = hidden.id === OFFLINE;
  whenIdle(fetchAhead);
}

/** Not even the scripts that would say more can be had. */
function showOffline(error: unknown): void {
  console.error(error);
  const note = document.getElementById(OFFLINE);
  if (note) note.hidden = false;
}

/** Not before the sign-in page stands. */
function whenIdle(work: () => void): void {
  const wait = () => ('requestIdleCallback' in globalThis ? requestIdleCallback(work) : setTimeout(work, 200));
  if (document.readyState === 'complete') wait();
  else addEventListener('load', wait);
}

/** The pages' files, while somebody signs in: local/pages.ts names them. Nothing of them runs. */
function fetchAhead(): void {
  for (const file of document.getElementById('root')?.dataset['app']?.split(' ') ?? []) {
    const link = document.createElement('link');
    Object.assign(link, { rel: 'modulepreload', href: file, fetchPriority: 'low' });
    document.head.append(link);
  }
}
