import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

export type WebhookUrlRules = {
  /** For local use and tests: http, loopback and private addresses. */
  readonly allowPrivateAddresses: boolean;
};

/**
 * What is wrong with the URL, as a sentence for whoever gave it, or undefined. A name that leads to a private address is
 * not found here but at each call, as what it leads to may change.
 */
export function webhookUrlProblem(text: string, { allowPrivateAddresses }: WebhookUrlRules): string | undefined {
  const url = URL.parse(text);
  if (!url) return 'The webhook URL must be an absolute URL.';
  if (url.protocol !== 'https:' && !(allowPrivateAddresses && url.protocol === 'http:')) return 'The webhook URL must begin with https://.';
  if (url.username !== '' || url.password !== '') return 'The webhook URL must hold no user and no password: the signature says who we are.';
  // The URL standard has turned 0x7f.1 and the like into 127.0.0.1 by now.
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  if (!allowPrivateAddresses && isIP(host) !== 0 && !isPublicAddress(host)) return 'The webhook URL must lead to a public address.';
  return undefined;
}
