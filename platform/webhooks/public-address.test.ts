import { describe, expect, it } from 'vitest';
import { isPublicAddress, lookUpPublic } from './public-address.ts';
import { webhookUrlProblem } from './webhook-url.ts';

const notPublic = [
  '0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1',
  '192.0.0.192 198.18.0.1 224.0.0.1 255.255.255.255 168.63.129.16',
  ':: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:a9fe:a9fe 64:ff9b::a9fe:a9fe 64:ff9b:1::1 fc00::1 fd00:ec2::254',
  'fe80::1 fec0::1 ff02::1 2001:db8::1 2001::1 2002:7f00:1:: 100::1 5f00::1 fe80::1%eth0',
  'localhost 8.8.8 1.2.3.4.5',
].flatMap((line) => line.split(' '));

describe('an address', () => {
  it.each(notPublic)('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '1.1.1.1', '100.63.255.255', '100.128.0.1', '172.15.255.255', '172.32.0.1', '192.167.255.255', '223.255.255.255'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each(['2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '2001:4860:4860::8888'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

it.each([true, false])('a name that leads to this machine is not resolved for a webhook (all: %s)', async (all) => {
  const error = await new Promise((resolve) => lookUpPublic('localhost', { all }, resolve));
  expect(error).toMatchObject({ code: 'ERR_ADDRESS_NOT_PUBLIC' });
});

it('an address that is public is handed on as it was checked', async () => {
  // A literal: no name can be resolved without a network.
  const [address, family] = await new Promise<unknown[]>((resolve) => lookUpPublic('8.8.8.8', {}, (_error, ...found) => resolve(found)));
  expect([address, family]).toEqual(['8.8.8.8', 4]);
  const [all] = await new Promise<unknown[]>((resolve) => lookUpPublic('8.8.8.8', { all: true }, (_error, ...found) => resolve(found)));
  expect(all).toEqual([{ address: '8.8.8.8', family: 4 }]);
});

describe('a webhook URL', () => {
  const strict = { allowPrivateAddresses: false };
  const local = { allowPrivateAddresses: true };

  it.each(['https://example.org/hook?key=1', 'https://example.org:8443/', 'https://8.8.8.8/', 'https://[2606:4700:4700::1111]/'])(
    '%s is fine',
    (url) => {
      expect(webhookUrlProblem(url, strict)).toBeUndefined();
    },
  );

  it.each([
    ['http://example.org/', 'https://'],
    ['ftp://example.org/', 'https://'],
    ['/hook', 'absolute'],
    ['https://user:secret@example.org/', 'no password'],
    ['https://127.0.0.1/', 'public'],
    ['https://2130706433/', 'public'],
    ['https://0x7f.1/', 'public'],
    ['https://0177.0.0.1/', 'public'],
    ['https://127.1/', 'public'],
    ['https://①②⑦.0.0.1/', 'public'],
    ['https://[::1]/', 'public'],
    ['https://[::ffff:127.0.0.1]/', 'public'],
    ['https://169.254.169.254/latest/meta-data/', 'public'],
  ])('%s is refused', (url, problem) => {
    expect(webhookUrlProblem(url, strict)).toContain(problem);
  });

  it('may be local where that is allowed, and even then holds no password', () => {
    expect(webhookUrlProblem('http://127.0.0.1:8080/hook', local)).toBeUndefined();
    expect(webhookUrlProblem('http://user@127.0.0.1/', local)).toContain('no user');
    expect(webhookUrlProblem('file:///etc/passwd', local)).toContain('https://');
  });
});
