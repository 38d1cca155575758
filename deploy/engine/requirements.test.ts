import { describe, expect, it } from 'vitest';
import { missingOn, type Machine } from './requirements.ts';

const able: Machine = {
  isRoot: true,
  filesystems: ['ext4', 'overlay'],
  hasTunDevice: true,
  freeBytes: 30e9,
  isBuilt: false,
  missingCommands: [],
};

describe('before anything is built, a machine is told', () => {
  it('nothing, where an engine can run', () => {
    expect(missingOn(able)).toEqual([]);
  });

  it.each<[string, Partial<Machine>, RegExp]>([
    ['a person without root', { isRoot: false }, /^root: /],
    ['a kernel without overlayfs', { filesystems: ['ext4'] }, /^overlayfs /],
    ['a kernel without tun', { hasTunDevice: false }, /^the tun device/],
    ['a disk that is nearly full', { freeBytes: 19.9e9 }, /^20 GB of disk .*: 19 GB are free$/],
    ['a system without apt and Go', { missingCommands: ['apt-get', 'go'] }, /: apt-get, go$/],
  ])('%s, by name', (_what, lack, message) => {
    expect(missingOn({ ...able, ...lack })).toEqual([expect.stringMatching(message)]);
  });

  it('all of it at once', () => {
    expect(missingOn({ ...able, isRoot: false, freeBytes: 0, filesystems: [] })).toHaveLength(3);
  });

  it('nothing of the disk once everything is on it', () => {
    expect(missingOn({ ...able, freeBytes: 1e9, isBuilt: true })).toEqual([]);
  });
});
