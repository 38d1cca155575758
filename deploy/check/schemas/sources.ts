/** Where the schemas come from: the versions of deploy/argocd/platform.yaml, or the nearest that the Go module proxy serves. */

export const KUBERNETES = { requirement: 'kubernetes-validate==1.37.0', folder: 'kubernetes-json-schema/v1.37.0-local-strict/' } as const;

/** Go modules that carry CustomResourceDefinitions; `folder` is where, inside the module. */
export const DEFINITIONS = [
  { module: 'github.com/kedacore/keda/v2', version: 'v2.21.0', folder: 'config/crd/bases/' },
  { module: 'github.com/argoproj/argo-cd/v3', version: 'v3.6.1', folder: 'manifests/crds/' },
  { module: 'github.com/argoproj/argo-rollouts', version: 'v1.10.2', folder: 'manifests/crds/' },
  { module: 'sigs.k8s.io/gateway-api', version: 'v1.7.0', folder: 'config/crd/standard/' },
  // Of this and the next, the newest that the proxy has: it knows no major version beyond 1 of a module that does not say so.
  { module: 'github.com/prometheus-operator/prometheus-operator', version: 'v0.85.0', folder: 'example/prometheus-operator-crd/' },
  { module: 'github.com/external-secrets/external-secrets', version: 'v1.3.2', folder: 'config/crds/bases/' },
] as const;

/** What KEDA's scalers take, in the same module as its definitions. */
export const KEDA_SCALERS = 'schema/generated/scalers-schema.json';
