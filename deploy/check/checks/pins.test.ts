import { expect, it } from 'vitest';
import { manifestsOf } from '../manifests.ts';
import { hasDigest, hasRelease, imagesIn } from './images.ts';
import { pinProblem, usesIn } from './workflows.ts';

const COMMIT = '3d3c42e5aac5ba805825da76410c181273ba90b1';

it('an action is pinned by a whole commit with its release beside, and by nothing less', () => {
  expect(pinProblem(`actions/checkout@${COMMIT} # v7.0.1`)).toEqual([]);
  expect(pinProblem('./.github/actions/verify-release')).toEqual([]);
  for (const uses of [
    'actions/checkout@v7',
    'actions/checkout@main',
    `actions/checkout@${COMMIT}`,
    `actions/checkout@${COMMIT.slice(0, 12)} # v7.0.1`,
    `actions/checkout@${COMMIT} # v7`,
  ]) {
    expect(pinProblem(uses), uses).toHaveLength(1);
  }
});

it('every uses of a workflow is seen, of steps and of jobs', () => {
  expect(
    usesIn(`jobs:\n  a:\n    uses: ./.github/workflows/ci.yml\n  b:\n    steps:\n      - uses: x/y@v1\n      - name: z\n        uses: x/z@v2\n`),
  ).toEqual(['./.github/workflows/ci.yml', 'x/y@v1', 'x/z@v2']);
});

it('a tag that can be moved is no digest, and a moving one no release either', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  expect(hasDigest(`ghcr.io/certifiable/certifiable@${digest}`)).toBe(true);
  expect(hasDigest('ghcr.io/certifiable/certifiable:1.4.2')).toBe(false);
  expect(hasDigest(`ghcr.io/certifiable/certifiable@${digest.slice(0, -1)}`)).toBe(false);
  expect(hasRelease('postgres:18.4-bookworm')).toBe(true);
  for (const image of ['postgres', 'postgres:18', 'postgres:latest']) expect(hasRelease(image), image).toBe(false);
});

it('images are found in every kind that has containers, however deep', () => {
  const job = 'apiVersion: batch/v1\nkind: Job\nspec: { template: { spec: { initContainers: [{ image: a }], containers: [{ image: b }] } } }';
  const template = 'apiVersion: temporal.io/v1alpha1\nkind: WorkerDeployment\nspec: { template: { spec: { containers: [{ image: c }, {}] } } }';
  expect(manifestsOf(`${job}\n---\n${template}`).flatMap(imagesIn)).toEqual(['a', 'b', 'c', 'undefined']);
});
