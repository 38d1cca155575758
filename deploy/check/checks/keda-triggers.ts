import { readFile } from 'node:fs/promises';
import type { Check } from '../check.ts';
import { nameOf, type Manifest } from '../manifests.ts';

/**
 * The metadata of KEDA's triggers. Its definition takes any text under any key, so a wrong one would only show in a
 * cluster; the list of what each scaler takes, which KEDA makes from its own code, knows better.
 */
export const kedaTriggers: Check = {
  name: 'KEDA triggers',
  tools: ['helm', 'kustomize'],
  async run({ renderings, schemas }) {
    const scalers = await readScalers((await schemas()).kedaScalers);
    const found = (await renderings()).flatMap(({ source, manifests }) =>
      manifests.flatMap(scaledObjectsIn).map((scaled) => ({ source, ...scaled })),
    );
    const triggers = found.flatMap(({ source, owner, isTemplate, triggers }) => triggers.map((trigger) => ({ source, owner, isTemplate, trigger })));
    const problems = triggers.flatMap(({ source, owner, isTemplate, trigger }) =>
      triggerProblems({ trigger, scalers, isTemplate }).map((problem) => `${source}: ${owner}: ${problem}`),
    );
    return { count: triggers.length, what: 'triggers', problems };
  },
};

type Parameter = {
  readonly name: string;
  readonly optional?: boolean;
  readonly default?: string;
  readonly deprecated?: string;
  readonly deprecatedAnnounce?: string;
  readonly allowedValue?: readonly string[];
  readonly separator?: string;
  readonly metadataVariableReadable?: boolean;
  readonly envVariableReadable?: boolean;
  readonly triggerAuthenticationVariableReadable?: boolean;
};
export type Scalers = ReadonlyMap<string, readonly Parameter[]>;

export async function readScalers(file: string): Promise<Scalers> {
  const { scalers } = JSON.parse(await readFile(file, 'utf8')) as { scalers: readonly { type: string; parameters: readonly Parameter[] }[] };
  return new Map(scalers.map(({ type, parameters }) => [type, parameters]));
}

export type Trigger = { readonly type: string; readonly metadata?: Readonly<Record<string, unknown>>; readonly authenticationRef?: unknown };
type Scaled = { readonly owner: string; readonly isTemplate: boolean; readonly triggers: readonly Trigger[] };

/** Of a ScaledObject or a ScaledJob, also inside a WorkerResourceTemplate, whose controller fills in what is left empty. */
function scaledObjectsIn(manifest: Manifest): Scaled[] {
  const spec = manifest['spec'] as { triggers?: readonly Trigger[]; template?: Manifest } | undefined;
  switch (manifest.kind) {
    case 'ScaledObject':
    case 'ScaledJob':
      return [{ owner: nameOf(manifest), isTemplate: false, triggers: spec?.triggers ?? [] }];
    case 'WorkerResourceTemplate':
      return spec?.template ? scaledObjectsIn(spec.template).map((scaled) => ({ ...scaled, owner: nameOf(manifest), isTemplate: true })) : [];
    default:
      return [];
  }
}

/** What the Temporal Worker Controller fills in for each version, where a template leaves it empty. */
const FILLED_IN_BY_CONTROLLER = ['workerDeploymentName', 'workerDeploymentBuildId', 'namespace'];

/** The list does not say; its code does. */
const TEMPORAL_QUEUE_TYPES = ['workflow', 'activity', 'nexus'];

export function triggerProblems({ trigger, scalers, isTemplate }: { trigger: Trigger; scalers: Scalers; isTemplate: boolean }): string[] {
  const parameters = scalers.get(trigger.type);
  if (!parameters) return [`there is no trigger of type ${trigger.type}`];
  const metadata = trigger.metadata ?? {};
  const wrong = Object.entries(metadata).flatMap(([key, value]) => {
    if (value === '' && isTemplate && FILLED_IN_BY_CONTROLLER.includes(key)) return [];
    const problem = keyProblem(key, value, parameters);
    return problem === undefined ? [] : [`${trigger.type}: ${key} ${problem}`];
  });
  const missing = parameters
    .filter((parameter) => isRequired(parameter, trigger))
    .filter(({ name }) => !(name in metadata) && !(`${name}FromEnv` in metadata))
    .map(({ name }) => `${trigger.type}: ${name} is missing`);
  return [...wrong, ...missing];
}

function keyProblem(key: string, value: unknown, parameters: readonly Parameter[]): string | undefined {
  const direct = parameters.find(({ name, metadataVariableReadable }) => name === key && metadataVariableReadable);
  const fromEnvironment = parameters.find(({ name, envVariableReadable }) => `${name}FromEnv` === key && envVariableReadable);
  const parameter = direct ?? fromEnvironment;
  if (!parameter) return 'is not taken there';
  const deprecated = parameter.deprecated ?? parameter.deprecatedAnnounce;
  if (deprecated !== undefined) return `is deprecated: ${deprecated}`;
  if (typeof value !== 'string') return `must be a string, in quotes: ${JSON.stringify(value)}`;
  if (value === '') return 'is empty';
  const allowed = key === 'queueTypes' ? TEMPORAL_QUEUE_TYPES : parameter.allowedValue;
  if (!direct || !allowed) return undefined;
  const refused = value.split(parameter.separator ?? ',').filter((one) => !allowed.includes(one));
  return refused.length > 0 ? `must be one of ${allowed.join(', ')}: ${refused.join(', ')}` : undefined;
}

/** The documentation gives another default for `queueTypes` than the code has, so it is never left to either. */
function isRequired(parameter: Parameter, trigger: Trigger): boolean {
  if (trigger.type === 'temporal' && parameter.name === 'queueTypes') return true;
  if (parameter.optional || parameter.default !== undefined || parameter.deprecated !== undefined) return false;
  return !(parameter.triggerAuthenticationVariableReadable && trigger.authenticationRef !== undefined);
}
