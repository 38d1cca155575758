/** What a setting says that names such an address. */
export const SAFE_URL_RULE = 'must be https:// (http:// only on loopback), without a user or password';

/** Whether what goes to an address, and what comes from it, can be read and changed by nobody on the way. */
export function isSafeUrl(text: string): boolean {
  const { protocol, hostname, username, password } = new URL(text);
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback));
}
