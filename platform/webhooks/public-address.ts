import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * A webhook's URL comes from outside and we call it from inside: it must not lead to what only we can reach. Names are
 * resolved here and the connection goes to just what was checked, so an answer that changes between check and call
 * (DNS rebinding) changes nothing.
 */

/** IANA's special-purpose registries, and what clouds answer to their machines on an address that looks public. */
const blockedIpv4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** All but global unicast (2000::/3), and of that what is reserved or carries an IPv4 address within (Teredo, 6to4). */
const blockedIpv6 = [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

// One list each: Node compares an IPv4 address with IPv6 networks as ::ffff:a.b.c.d, and ::/3 would hold them all.
const ipv4List = listOf(blockedIpv4, 'ipv4');
const ipv6List = listOf(blockedIpv6, 'ipv6');

function listOf(networks: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}

/** False for what is no address at all. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !ipv4List.check(address, 'ipv4');
  return version === 6 && !ipv6List.check(address, 'ipv6');
}

export const NOT_PUBLIC = 'ERR_ADDRESS_NOT_PUBLIC';

/** In place of dns.lookup. Fails with the code NOT_PUBLIC when any of the name's addresses is not public. */
export const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || first === undefined) return callback(error ?? new Error('the name has no address'), []);
    if (!addresses.every(isPublic)) return callback(notPublic(), []);
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function isPublic({ address }: LookupAddress): boolean {
  return isPublicAddress(address);
}

function notPublic(): NodeJS.ErrnoException {
  return Object.assign(new Error('the name leads to an address that is not public'), { code: NOT_PUBLIC });
}
