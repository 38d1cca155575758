import { run } from './run.ts';

/** What the registry has under a version, and whether the release workflow put it there from that very tag. */

export type ReleaseName = { readonly version: string; readonly repository: string; readonly image: string };
export type ReleasedImage = { readonly digest: string; readonly commit: string; readonly buildId: string };

const ISSUER = 'https://token.actions.githubusercontent.com';

/** Workflows, worker versions and Kubernetes' labels all carry it, so it is short. */
export function buildIdOf(commit: string): string {
  return commit.slice(0, 12);
}

export async function commitOfTag(version: string): Promise<string> {
  const { stdout } = await run('git', ['rev-list', '-n', '1', `refs/tags/v${version}`]);
  return stdout.trim();
}

/** Undefined if the registry has no such version; any other failure is thrown. */
export async function digestOf({ image, version }: ReleaseName): Promise<string | undefined> {
  try {
    const { stdout } = await run('docker', ['buildx', 'imagetools', 'inspect', `${image}:${version}`, '--format', '{{.Manifest.Digest}}']);
    const digest = stdout.trim();
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${image}:${version}: no digest, but ${digest}`);
    return digest;
  } catch (error) {
    if (error instanceof Error && /not found|manifest unknown/i.test(error.message)) return undefined;
    throw error;
  }
}

/** Its signature is the release workflow's, run for this tag, whatever commit the tag was at then. */
export async function isSigned(name: ReleaseName, digest: string): Promise<boolean> {
  return verifySignature(name, digest, []).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && /no (matching )?signatures|no matching/i.test(error.message)) return false;
      throw error;
    },
  );
}

/** The signature and the provenance both say: made by the release workflow of this repository, of the commit at this tag. */
export async function verifyRelease(name: ReleaseName): Promise<ReleasedImage> {
  const { image, version, repository } = name;
  const commit = await commitOfTag(version);
  const digest = await digestOf(name);
  if (digest === undefined) throw new Error(`${image} has no version ${version}`);
  await verifySignature(name, digest, ['--certificate-github-workflow-sha', commit]);
  const workflow = `${repository}/.github/workflows/release.yml`;
  const claims = ['--repo', repository, '--signer-workflow', workflow, '--source-ref', `refs/tags/v${version}`, '--source-digest', commit];
  await run('gh', ['attestation', 'verify', `oci://${image}@${digest}`, ...claims, '--deny-self-hosted-runners']);
  return { digest, commit, buildId: buildIdOf(commit) };
}

async function verifySignature({ image, version, repository }: ReleaseName, digest: string, further: readonly string[]): Promise<void> {
  const identity = `https://github.com/${repository}/.github/workflows/release.yml@refs/tags/v${version}`;
  await run('cosign', ['verify', `${image}@${digest}`, '--certificate-identity', identity, '--certificate-oidc-issuer', ISSUER, ...further]);
}
