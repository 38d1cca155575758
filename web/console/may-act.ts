import { usePerson } from '../frame/session.tsx';

/** An auditor reads all and changes nothing. */
export function useMayAct(): boolean {
  return usePerson()?.roles.includes('staff') ?? false;
}

/** Nobody acts on what is about themselves. */
export function useMayActOn(subject: string): boolean {
  const mayAct = useMayAct();
  return usePerson()?.subject !== subject && mayAct;
}
