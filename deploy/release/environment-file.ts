import { isMap, isScalar, parseDocument, type Document, type Node } from 'yaml';

/** An image and the build that workflows are pinned to; they always change together. */
export type Build = { readonly buildId: string; readonly digest: string };

/** What an environment runs: the current build, and earlier ones that still have open attempts, the newest first. */
export type Release = Build & { readonly retiring: readonly Build[] };

/** Nothing was deployed yet: digests and builds of zeros. */
const NOTHING = /^(sha256:)?0+$/;

export function releaseOf(text: string): Release {
  const document = parsed(text);
  const { image, buildId, retiringBuilds } = document.toJS() as { image: { digest: string }; buildId: string; retiringBuilds?: readonly Build[] };
  return { digest: image.digest, buildId, retiring: retiringBuilds ?? [] };
}

/**
 * The same file with another build as the current one. The one before goes on beside it: attempts stay for up to 58 days
 * with the build they began on, also with one that is rolled back. Everything else stays as it is, to the byte.
 */
export function withRelease(text: string, next: Build): string {
  const { buildId, digest, retiring } = releaseOf(text);
  const isSame = buildId === next.buildId;
  const before = isSame || NOTHING.test(buildId) ? [] : [{ buildId, digest }];
  const others = retiring.filter((build) => build.buildId !== next.buildId && build.buildId !== buildId);
  return withRetiring(withCurrent(text, next), [...before, ...others]);
}

/** Without a build that has no open attempt left. Throws if it does not retire there. */
export function withoutRetired(text: string, buildId: string): string {
  const { retiring } = releaseOf(text);
  const left = retiring.filter((build) => build.buildId !== buildId);
  if (left.length === retiring.length)
    throw new Error(`build ${buildId} is not among the retiring ones: ${retiring.map((build) => build.buildId).join(', ')}`);
  return withRetiring(text, left);
}

function withCurrent(text: string, { buildId, digest }: Build): string {
  const document = parsed(text);
  const places = [
    { ...placeOf(document, ['image', 'digest']), value: digest },
    { ...placeOf(document, ['buildId']), value: `'${buildId}'` },
  ];
  // From the end, so that the places before stay where they are.
  return places
    .toSorted((a, b) => b.from - a.from)
    .reduce((changed, { from, to, value }) => changed.slice(0, from) + value + changed.slice(to), text);
}

function withRetiring(text: string, retiring: readonly Build[]): string {
  const without = withoutKey(text, 'retiringBuilds');
  if (retiring.length === 0) return without;
  const { to } = placeOf(parsed(without), ['buildId']);
  const lineEnd = without.indexOf('\n', to) + 1;
  const lines = retiring.map(({ buildId, digest }) => `  - { buildId: '${buildId}', digest: '${digest}' }\n`);
  return `${without.slice(0, lineEnd)}retiringBuilds:\n${lines.join('')}${without.slice(lineEnd)}`;
}

/** Removes a key of the top level with its value, by whole lines. */
function withoutKey(text: string, key: string): string {
  const { contents } = parsed(text);
  const pair = isMap(contents) ? contents.items.find(({ key: name }) => isScalar(name) && name.value === key) : undefined;
  if (!pair || !isScalar(pair.key)) return text;
  const from = rangeOf(pair.key).from;
  const { to } = rangeOf(pair.value as Node);
  const end = text.slice(0, to).endsWith('\n') ? to : text.indexOf('\n', to) + 1;
  return text.slice(0, from) + text.slice(end);
}

type Place = { readonly from: number; readonly to: number };

function placeOf(document: Document, path: readonly string[]): Place {
  const node = document.getIn(path, true);
  if (!isScalar(node)) throw new Error(`${path.join('.')} is not set`);
  return rangeOf(node);
}

function rangeOf(node: Node): Place {
  if (!node.range) throw new Error('a node without a place');
  return { from: node.range[0], to: node.range[1] };
}

function parsed(text: string): Document {
  const document = parseDocument(text, { keepSourceTokens: true });
  if (document.errors.length > 0) throw new Error(document.errors.map(({ message }) => message).join('\n'));
  return document;
}
