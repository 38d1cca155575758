import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Door } from './doors.ts';
import type { Person, SignIn } from './sign-in.ts';

type Session = { readonly door: Door; readonly signIn: SignIn };

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
