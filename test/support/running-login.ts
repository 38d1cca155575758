import { urlOfLogin } from '../../local/database-logins.ts';

/** A login that is a member of every role of a running process, and so may do what any of them may and nothing else. */
export const RUNNING_LOGIN = 'certifiable_running_login';

/** The owner's database as that login. */
export function asRunning(ownerUrl: string): string {
  return urlOfLogin(RUNNING_LOGIN, ownerUrl);
}
