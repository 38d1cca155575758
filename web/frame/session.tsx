import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Door } from './doors.ts';
import type { Person, SignIn } from './sign-in.ts';

/** What was pressed on the sign-in page that brought the pages here: its menu, or a sign-in that failed. */
export type Opened = { readonly menu?: true; readonly trouble?: unknown };

type Session = { readonly door: Door; readonly signIn: SignIn; readonly opened?: Opened };

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('there is no session here');
  return session;
}

/** Undefined while nobody is signed in. */
export function usePerson(): Person | undefined {
  const { signIn } = useSession();
  const token = useSyncExternalStore(signIn.onChange, signIn.token);
  return token === undefined ? undefined : signIn.person();
}
