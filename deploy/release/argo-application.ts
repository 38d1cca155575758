/** What Argo CD's API says of an application: the part that matters here. */
export type Application = {
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string; readonly revisions?: readonly string[] };
    readonly health?: { readonly status?: string };
    readonly operationState?: {
      readonly phase?: string;
      readonly message?: string;
      readonly syncResult?: { readonly revision?: string; readonly revisions?: readonly string[] };
    };
  };
};

export type Progress = 'waiting' | 'done' | { readonly failed: string };

/**
 * Done once the cluster runs this build and is healthy. The chart comes from the commit that the build names, so the first
 * revision is that commit. Argo CD compares with it as soon as it has seen the change; what it says of health and phase is about
 * the build before until a synchronisation to this one is through.
 */
export function progressOf({ status }: Application, build: string): Progress {
  const revision = status?.sync?.revisions?.[0] ?? status?.sync?.revision ?? '';
  if (!revision.startsWith(build)) return 'waiting';
  const applied = status?.operationState?.syncResult;
  if (!(applied?.revisions?.[0] ?? applied?.revision ?? '').startsWith(build)) return 'waiting';
  const phase = status?.operationState?.phase;
  if (phase === 'Running') return 'waiting';
  if (phase === 'Failed' || phase === 'Error') return { failed: status?.operationState?.message ?? `the synchronisation ended as ${phase}` };
  if (status?.health?.status === 'Degraded') return { failed: 'Argo CD calls it degraded: a canary was aborted, or pods do not start' };
  const isThere = status?.sync?.status === 'Synced' && status.health?.status === 'Healthy' && phase === 'Succeeded';
  return isThere ? 'done' : 'waiting';
}

export function sentenceOf({ status }: Application): string {
  return [status?.sync?.revisions?.[0]?.slice(0, 12), status?.sync?.status, status?.health?.status, status?.operationState?.phase]
    .map((part) => part ?? '?')
    .join(', ');
}
