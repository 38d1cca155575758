/** What a setting says that names such an address. */
export const SAFE_URL_RULE = 'must be https:// (http:// only on loopback), without a user or password';

/** Whether what goes to an address, and what comes from it, can be read and changed by nobody on the way; false for what is none. */
export function isSafeUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const { protocol, hostname, username, password } = url;
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback));
}
