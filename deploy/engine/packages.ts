import { readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runLongCommand } from '../../local/long-command.ts';
import { downloadPackages } from '../../local/tools/obtain.ts';
import { fingerprint, madeOnce, type Work } from './cache.ts';

/** The engine, and what it starts or links to that a machine with apt may lack. Unpacked and not installed: no service is started. */
const PACKAGES = [
  'docker.io',
  'containerd',
  'runc',
  'tini',
  'slirp4netns',
  'libslirp0',
  'mmdebstrap',
  'iptables',
  'ipset',
  'libipset13',
  'libip4tc2',
  'libip6tc2',
  'libxtables12',
  'libnftnl11',
  'libnfnetlink0',
  'libnetfilter-conntrack3',
  'libmnl0',
  'libdevmapper1.02.1',
];

/** The folder with usr/bin and usr/sbin of all packages, and their libraries under usr/lib/libraries. */
export async function enginePackages(work: Work): Promise<string> {
  return unpackedPackages(PACKAGES, work, async (directory) => {
    // The names that the distribution gives them when the package is installed.
    for (const command of ['', '-save', '-restore']) await symlink(`iptables-nft${command}`, join(directory, 'usr', 'sbin', `iptables${command}`));
  });
}

/** The same of any packages; `finish` may change what was unpacked. */
export async function unpackedPackages(packages: readonly string[], work: Work, finish?: (directory: string) => Promise<void>): Promise<string> {
  return madeOnce(`packages-${fingerprint(...packages)}`, async (directory) => {
    work.log('getting packages of the distribution');
    await downloadPackages(packages, { directory, ...work });
    for (const archive of (await readdir(directory)).filter((name) => name.endsWith('.deb'))) {
      await runLongCommand({
        command: 'dpkg',
        args: ['-x', join(directory, archive), directory],
        progress: `${archive}: unpacking`,
        timeoutSeconds: 120,
        ...work,
      });
      await rm(join(directory, archive));
    }
    const library = (await readdir(join(directory, 'usr', 'lib'))).find((name) => name.endsWith('-linux-gnu'));
    if (library === undefined) throw new Error('the packages hold no libraries');
    await symlink(library, join(directory, 'usr', 'lib', 'libraries'));
    await finish?.(directory);
  });
}
