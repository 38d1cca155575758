import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Check } from '../check.ts';
import { nameOf, plainManifests, type Manifest } from '../manifests.ts';

const COMPOSE = 'docker-compose.temporal.yml';
/** Of what is built here. */
const DOCKERFILES = ['Dockerfile', 'deploy/keycloak/Dockerfile'] as const;

/** Which image runs is never left to a registry: by digest in a cluster, by release on one machine. */
export const imagesPinned: Check = {
  name: 'images pinned',
  tools: ['helm', 'kustomize'],
  async run({ root, renderings }) {
    const inManifests = [...(await renderings()), ...(await plainManifests(root))].flatMap(({ source, manifests }) =>
      manifests.flatMap((manifest) => imagesIn(manifest).map((image) => ({ where: `${source}: ${nameOf(manifest)}`, image }))),
    );
    const inCompose = composeImages(await readFile(join(root, COMPOSE), 'utf8'));
    const dockerfiles = await Promise.all(DOCKERFILES.map((file) => readFile(join(root, file), 'utf8')));
    const bases = dockerfiles.flatMap(baseImages);
    return {
      count: inManifests.length + inCompose.length + bases.length,
      what: 'images',
      problems: [
        ...inManifests.filter(({ image }) => !hasDigest(image)).map(({ where, image }) => `${where}: ${image} has no digest`),
        ...inCompose.filter((image) => !hasRelease(image)).map((image) => `${COMPOSE}: ${image} names no release`),
        ...bases.filter((image) => !hasRelease(image)).map((image) => `${image}, from which something is built here, names no release`),
      ],
    };
  },
};

/** Of the containers of whatever kind, wherever they are nested. */
export function imagesIn(manifest: Manifest): string[] {
  const images: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (/^(initContainers|containers|ephemeralContainers)$/.test(key) && Array.isArray(inner)) {
        images.push(...inner.map(({ image }: { image?: unknown }) => String(image)));
      }
      walk(inner);
    }
  };
  walk(manifest);
  return images;
}

export function hasDigest(image: string): boolean {
  return /^[\w.-]+(?::\d+)?\/[\w./-]+@sha256:[0-9a-f]{64}$/.test(image);
}

/** A digest, or a tag that is a release; `latest`, `stable` and plain majors move. */
export function hasRelease(image: string): boolean {
  return hasDigest(image) || /:v?\d+\.\d+(\.\d+)?[\w.-]*$/.test(image);
}

/** Those that are not built here. */
function composeImages(text: string): string[] {
  const { services } = parse(text, { merge: true, maxAliasCount: -1 }) as { services: Record<string, { image?: string; build?: unknown }> };
  return Object.values(services).flatMap(({ image, build }) => (image === undefined || build !== undefined ? [] : [image]));
}

/** FROM, with the defaults of build arguments; a stage of this file is no image. */
function baseImages(text: string): string[] {
  const defaults = new Map([...text.matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value] as const));
  const stages = new Set([...text.matchAll(/^FROM .* AS (\S+)$/gim)].map(([, stage]) => stage));
  const images = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image = '']) =>
    image.replace(/^\$\{(\w+)\}$/, (whole, name: string) => defaults.get(name) ?? whole),
  );
  return [...new Set(images)].filter((image) => !stages.has(image));
}
