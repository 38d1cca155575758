/** What a setting says that names such an address. */
export const SAFE_URL_RULE = 'must be https:// (http:// only on loopback), without a user or password';

/** Whether what goes to an address, and what comes from it, can be read and changed by nobody on the way; false for what is none. */
export function isSafeUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const { protocol, hostname, username, password } = url;
  // All names below localhost are this machine's own (RFC 6761).
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) || hostname.endsWith('.localhost');
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback));
}

/** What a setting says that is no such list. */
export const SAFE_ORIGINS_RULE =
  'must be origins such as https://pages.example.org, separated by commas: exact, https:// (http:// only on loopback), without a path';

/** Whether it is the origin of such an address, exactly as a browser writes it. */
export function isSafeOrigin(text: string): boolean {
  return isSafeUrl(text) && !text.includes('*') && URL.parse(text)?.origin === text;
}
