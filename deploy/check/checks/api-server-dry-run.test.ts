import { describe, expect, it } from 'vitest';
import { areAssembled, areInstalled, renderingOf, root, tool } from '../../../test/support/tools.ts';
import { schemasDirectory, schemasIn } from '../schemas/assemble.ts';
import { dryRun } from './api-server-dry-run.ts';
import { validate } from './manifest-schemas.ts';

const isReady = (await areInstalled('etcd', 'kube-apiserver', 'kubeconform')) && (await areAssembled());
const project = { root, tool, signal: undefined, schemas: async () => schemasIn(schemasDirectory()) };

const POOL = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: pool }
spec:
  selector: { matchLabels: { app: pool } }
  template:
    metadata: { labels: { app: pool } }
    spec:
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: pool
          image: example.org/pool:1
          ports: [{ name: http, containerPort: 9464 }]
          resources: { requests: { memory: 256Mi }, limits: { memory: 512Mi } }
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
`;
const SCALED = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: pool }
spec: { scaleTargetRef: { name: pool }, maxReplicaCount: 3, triggers: [{ type: temporal, metadata: { taskQueue: pool } }] }
`;
const MONITOR = `
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: { name: pools }
spec: { selector: { matchLabels: { app: pool } }, podMetricsEndpoints: [{ port: http, interval: 15s }] }
`;
const CONNECTION = `
apiVersion: temporal.io/v1alpha1
kind: Connection
metadata: { name: temporal }
spec: { hostPort: temporal-frontend.temporal:7233 }
`;

const ROUTE = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: api }
spec: { parentRefs: [{ name: gateway }], rules: [{ timeouts: { request: 2s, backendRequest: 1s }, backendRefs: [{ name: api, port: 80 }] }] }
`;

/** Each passes the schemas, and no API server would take it, or would ever start its pods. */
const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['labels that the selector does not match', POOL.replace('labels: { app: pool }', 'labels: { app: pools }'), /selector.*does not match template/],
  ['a request above its limit', POOL.replace('memory: 256Mi', 'memory: 1Gi'), /must be less than or equal to memory limit/],
  ['a name of a port that is too long', POOL.replace('name: http', 'name: metrics-and-health'), /no more than 15 characters/],
  ['a label that is none', POOL.replaceAll('{ app: pool }', "{ app: 'a pool' }"), /a valid label/],
  [
    'a mount of a volume that there is none of',
    POOL.replace('          ports', '          volumeMounts: [{ name: tmp, mountPath: /tmp }]\n          ports'),
    /volumeMounts.*[Nn]ot found/,
  ],
  [
    'a pod that Pod Security would refuse: its root',
    POOL.replace('runAsNonRoot: true', 'runAsNonRoot: false'),
    /would violate PodSecurity "restricted.*runAsNonRoot/,
  ],
  [
    'a pod that Pod Security would refuse: its capabilities',
    POOL.replace(', capabilities: { drop: [ALL] }', ''),
    /would violate PodSecurity "restricted.*capabilities/,
  ],
  [
    'a rule inside the definition of a custom kind that is broken',
    ROUTE.replace('backendRequest: 1s', 'backendRequest: 3s'),
    /backendRequest timeout cannot be longer than request timeout/,
  ],
];

describe.skipIf(!isReady)('manifests as a real API server takes them (needs the tools of npm run check:deploy)', () => {
  it('takes what is right, of custom kinds too, and says what it leaves out', async () => {
    expect(await dryRun(project, [renderingOf([POOL, SCALED, MONITOR, ROUTE, CONNECTION].join('---'))])).toEqual({
      count: 4,
      leftOut: 1,
      problems: [],
    });
  });

  it('refuses what no schema sees, each with the file and the object that it is about', async () => {
    const renderings = REFUSED.map(([what, text]) => renderingOf(text, what));
    expect((await validate(project, renderings)).problems).toEqual([]);
    const { problems } = await dryRun(project, renderings);
    for (const [what, , complaint] of REFUSED) {
      const about = problems.filter((problem) => problem.startsWith(`${what}: `));
      expect(about, what).toHaveLength(1);
      expect(about[0]).toMatch(/: (Deployment\/pool|HTTPRoute\/api): /);
      expect(about[0]).toMatch(complaint);
    }
    expect(problems).toHaveLength(REFUSED.length);
  });

  it('holds pods to *restricted* where ours go, and not where Filebeat does', async () => {
    const asRoot = renderingOf(POOL.replace('runAsNonRoot: true', 'runAsNonRoot: false'));
    expect((await dryRun(project, [{ ...asRoot, namespace: 'logging' }])).problems).toEqual([]);
  });

  it('knows no kind that is not defined', async () => {
    const { problems } = await dryRun(project, [renderingOf(POOL.replace('kind: Deployment', 'kind: Pool'))]);
    expect(problems).toEqual(['test.yaml: Pool/pool: the API server knows no Pool of apps/v1']);
  });
});
