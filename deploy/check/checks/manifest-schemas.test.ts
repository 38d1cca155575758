import { describe, expect, it } from 'vitest';
import { schemasDirectory, schemasIn } from '../schemas/assemble.ts';
import { areAssembled, areInstalled, renderingOf, root, tool } from '../../../test/support/tools.ts';
import { validate } from './manifest-schemas.ts';

const isReady = (await areInstalled('kubeconform')) && (await areAssembled());
const project = { root, tool, signal: undefined, schemas: async () => schemasIn(schemasDirectory()) };
const problemsOf = async (text: string) => (await validate(project, [renderingOf(text)])).problems;

const SCALED_OBJECT = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: grading-auto }
spec:
  scaleTargetRef: { name: grading-auto }
  minReplicaCount: 1
  triggers: [{ type: temporal, metadata: { taskQueue: grading-auto } }]
`;
const BUDGET = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: api }
spec: { minAvailable: 1, selector: { matchLabels: { app: api } } }
`;
const CONNECTION = `
apiVersion: temporal.io/v1alpha1
kind: Connection
metadata: { name: temporal }
spec: { hostPort: temporal-frontend.temporal:7233 }
`;

describe.skipIf(!isReady)('manifests against strict schemas (needs the tools of npm run check:deploy)', () => {
  it('takes what is right: of Kubernetes, of KEDA, and of Temporal by our own schema', async () => {
    expect(await validate(project, [renderingOf(SCALED_OBJECT), renderingOf(`${BUDGET}---${CONNECTION}`)])).toEqual({ count: 3, problems: [] });
  });

  it.each([
    ['a field of KEDA that is misspelt', SCALED_OBJECT.replace('minReplicaCount', 'minReplicas'), 'minReplicas'],
    ['a field of Kubernetes that is misspelt', BUDGET.replace('minAvailable', 'minAvailble'), 'minAvailble'],
    [
      'a misspelt field of metadata, of a custom kind too',
      SCALED_OBJECT.replace('{ name: grading-auto }', '{ name: grading-auto, label: {} }'),
      'label',
    ],
    ['a field that our schema of Temporal does not know', CONNECTION.replace('hostPort', 'hostport'), 'hostport'],
    ['a kind without a schema', BUDGET.replace('PodDisruptionBudget', 'PodBudget'), 'could not find schema'],
    [
      'an unquoted off, which Kubernetes reads as false',
      BUDGET.replace('{ name: api }', '{ name: api, annotations: { buffering: off } }'),
      'boolean',
    ],
    ['a key that is there twice', BUDGET.replace('kind: Pod', 'kind: PodDisruptionBudget\nkind: Pod'), 'already set'],
  ])('refuses %s', async (_, text, complaint) => {
    const { problems } = await validate(project, [{ source: 'test.yaml', text, manifests: [{ apiVersion: 'v1', kind: 'Any' }] }]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('test.yaml');
    expect(problems[0]).toContain(complaint);
  });

  it('says the file that an object came from', async () => {
    expect(await problemsOf(SCALED_OBJECT.replace('spec:', 'specification:'))).toEqual([
      expect.stringMatching(/^test\.yaml: ScaledObject\/grading-auto: /),
    ]);
  });
});
