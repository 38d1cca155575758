import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { filesMatching } from '../check/files.ts';
import { root } from '../../test/support/tools.ts';
import { releaseOf, withoutRetired, withRelease } from './environment-file.ts';
import { environmentFile } from './environments.ts';

const build = (digit: string) => ({ buildId: digit.repeat(12), digest: `sha256:${digit.repeat(64)}` });
const [first, second, third] = [build('1'), build('2'), build('3')];

const names = (await filesMatching(root, 'deploy/environments/*.yaml')).map((file) => file.replace(/^.*\/(.*)\.yaml$/, '$1'));

describe.each(names)('the file of %s', async (name) => {
  const text = await readFile(environmentFile(name), 'utf8');
  const deployed = withRelease(withRelease(text, first), second);

  it('takes a release, and the one before goes on for the attempts that began on it', () => {
    expect(releaseOf(deployed)).toEqual({ ...second, retiring: expect.arrayContaining([first]) });
    expect(releaseOf(withRelease(deployed, third)).retiring.slice(0, 2)).toEqual([second, first]);
  });

  it('keeps everything else to the byte, comments too', () => {
    const changed = new Set([...text.split('\n').filter((line) => /digest|buildId|retiringBuilds/.test(line)), ...releaseLines(deployed)]);
    const rest = (of: string) => of.split('\n').filter((line) => !changed.has(line));
    expect(rest(deployed)).toEqual(rest(text));
    expect(releaseLines(deployed)).not.toHaveLength(0);
  });

  it('is rolled back by the same step: the builds change places', () => {
    const back = withRelease(deployed, first);
    expect(releaseOf(back)).toMatchObject(first);
    expect(releaseOf(back).retiring).toContainEqual(second);
    expect(releaseOf(back).retiring).not.toContainEqual(first);
  });

  it('stays the same if the same release is set again', () => {
    expect(withRelease(deployed, second)).toBe(deployed);
  });

  it('lets a build go that no attempt is left on, and no other', () => {
    const left = withoutRetired(deployed, first.buildId);
    expect(releaseOf(left).retiring).not.toContainEqual(first);
    expect(() => withoutRetired(left, first.buildId)).toThrow(/not among the retiring ones/);
  });
});

function releaseLines(text: string): string[] {
  return text.split('\n').filter((line) => /(digest|buildId|retiringBuilds):/.test(line));
}

it('the zeros of an environment that nothing was deployed to never become a build that retires', () => {
  const text = `image:\n  digest: sha256:${'0'.repeat(64)}\nbuildId: '000000000000'\nother: 1 # as it was\n`;
  expect(withRelease(text, first)).toBe(`image:\n  digest: ${first.digest}\nbuildId: '${first.buildId}'\nother: 1 # as it was\n`);
});

it('a build of digits alone stays a text', () => {
  expect(releaseOf(withRelease(`image:\n  digest: x\nbuildId: 'a'\n`, { ...first, buildId: '123456789012' })).buildId).toBe('123456789012');
});
