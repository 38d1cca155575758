import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfiguration, type Body } from '../../deploy/terraform/configuration.ts';

/** deploy/environments against deploy/terraform: what pods are told to use is what Terraform makes, under the same name. */

type Peer = { readonly ipBlock?: { readonly cidr: string } };
type Values = {
  readonly publicUrl: string;
  readonly storage: { readonly s3?: { readonly bucket: string }; readonly azureBlob?: { readonly endpoint: string; readonly container: string } };
  readonly register: {
    readonly dynamodb?: { readonly table: string };
    readonly cosmos?: { readonly endpoint: string; readonly database: string; readonly container: string };
  };
  readonly eventSinks: readonly { readonly kind: string; readonly queueUrl?: string; readonly endpoint?: string; readonly tls?: boolean }[];
  readonly commandSources?: readonly { readonly queueUrl: string; readonly replyQueueUrl: string; readonly deadLetterQueueUrl: string }[];
  readonly edge: Readonly<Record<string, unknown>>;
  readonly network: Readonly<Record<string, { readonly port?: number; readonly to?: readonly Peer[]; readonly from?: readonly Peer[] }>>;
  readonly serviceAccountAnnotations: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

const repository = new URL('../../', import.meta.url);
const modules = await readConfiguration();
const module = (path: string) => {
  const found = modules.find((candidate) => candidate.path === path);
  if (!found) throw new Error(`deploy/terraform/${path} is not there`);
  return found;
};
const valuesOf = async (environment: string) =>
  parse(await readFile(new URL(`deploy/environments/${environment}.yaml`, repository), 'utf8')) as Values;
const passedTo = (cloud: string, stage: string): Body => module(`live/${cloud}/${stage}`).modules[0]?.body ?? {};

/** The blocks that pods may reach or be reached from which are not the world's. */
function privateBlocks({ network }: Values): readonly string[] {
  const peers = Object.values(network).flatMap(({ to = [], from = [] }) => [...to, ...from]);
  return peers.flatMap(({ ipBlock }) => (ipBlock === undefined || ipBlock.cidr === '0.0.0.0/0' ? [] : [ipBlock.cidr]));
}

describe.each(['aws', 'azure'])('on %s', (cloud) => {
  it.each(['staging', 'production'])('%s has the name, the host and the network that Terraform is told', async (stage) => {
    const values = await valuesOf(`${cloud}-${stage}`);
    const passed = passedTo(cloud, stage);
    expect(passed['environment']).toBe(`${cloud}-${stage}`);
    expect(new URL(values.publicUrl).host).toBe(passed['host']);
    const prefix = String(passed['cidr']).replace(/0\.0\/16$/, '');
    const blocks = privateBlocks(values);
    expect(blocks).not.toEqual([]);
    expect(blocks.filter((block) => !block.startsWith(prefix))).toEqual([]);
  });

  it('no two environments share a network, an account or a place of state', () => {
    const stages = ['staging', 'production'].map((stage) => ({
      passed: passedTo(cloud, stage),
      terraform: module(`live/${cloud}/${stage}`).terraform[0],
    }));
    expect(new Set(stages.map(({ passed }) => passed['cidr'])).size).toBe(2);
    expect(new Set(stages.map(({ terraform }) => JSON.stringify(terraform?.['backend']))).size).toBe(2);
  });
});

describe.each(['staging', 'production'])('aws-%s', (stage) => {
  const name = `certifiable-aws-${stage}`;
  const account = /"(\d{12})"/.exec(module(`live/aws/${stage}`).text)?.[1] ?? '';

  it('uses the bucket, the table and the queues that Terraform makes', async () => {
    const values = await valuesOf(`aws-${stage}`);
    expect(values.storage.s3?.bucket).toBe(`${name}-uploads-${account}`);
    expect(values.register.dynamodb?.table).toBe(`${name}-register`);
    const queues = module('modules/aws/queues')
      .blocks.filter(({ type }) => type === 'aws_sqs_queue')
      .map(({ body }) => String(body['name']).replace('${var.name}', name));
    const [source] = values.commandSources ?? [];
    const used = [
      values.eventSinks.find(({ kind }) => kind === 'sqs')?.queueUrl,
      source?.queueUrl,
      source?.replyQueueUrl,
      source?.deadLetterQueueUrl,
    ];
    for (const url of used) {
      const [, owner, queue = ''] = new URL(url ?? '').pathname.split('/');
      expect(owner).toBe(account);
      expect(queues).toContain(queue);
    }
    expect(new Set(used).size).toBe(4);
  });

  it('gives each component that has a role in Terraform that role, and no other one', async () => {
    const { serviceAccountAnnotations } = await valuesOf(`aws-${stage}`);
    const components = Object.keys(module('modules/aws/identity').locals['statements'] as object);
    expect(Object.keys(serviceAccountAnnotations).toSorted()).toEqual(components.toSorted());
    for (const component of components)
      expect(serviceAccountAnnotations[component]).toEqual({ 'eks.amazonaws.com/role-arn': `arn:aws:iam::${account}:role/${name}-${component}` });
  });

  it('reaches Kafka where SASL/SCRAM is, over TLS', async () => {
    const values = await valuesOf(`aws-${stage}`);
    const open = module('modules/aws/kafka').blocks.find(({ name }) => name === 'cluster')?.body;
    expect(values.network['kafka']?.port).toBe(open?.['from_port']);
    expect(values.eventSinks.find(({ kind }) => kind === 'kafka')?.tls).toBe(true);
  });
});

describe.each(['staging', 'production'])('azure-%s', (stage) => {
  const name = `certifiable-azure-${stage}`;
  const passed = passedTo('azure', stage);

  it('uses the register and the topic that Terraform makes', async () => {
    const values = await valuesOf(`azure-${stage}`);
    const names = module('modules/azure/register')
      .blocks.filter(({ type }) => /sql_(database|container)$/.test(type))
      .map(({ body }) => body['name']);
    expect(new URL(values.register.cosmos?.endpoint ?? '').host).toBe(`${name}.documents.azure.com`);
    expect(names).toEqual(expect.arrayContaining([values.register.cosmos?.database, values.register.cosmos?.container]));
    expect(new URL(values.eventSinks[0]?.endpoint ?? '').host).toMatch(new RegExp(`^${name}-events\\.${String(passed['location'])}-`));
  });

  it('gives identities to components that have one in Terraform', async () => {
    const { serviceAccountAnnotations } = await valuesOf(`azure-${stage}`);
    const identities = module('modules/azure/identity').text;
    for (const component of Object.keys(serviceAccountAnnotations)) expect(identities).toContain(`"${component}"`);
  });

  it('keeps uploads in the container, and reads the vault, that Terraform makes', async () => {
    const { storage } = await valuesOf(`azure-${stage}`);
    const { uploads_account: account } = passed['storage'] as Record<string, unknown>;
    const containers = module('modules/azure/storage')
      .blocks.filter(({ type }) => type === 'azurerm_storage_container')
      .map(({ body }) => body['name']);
    expect(storage.azureBlob?.endpoint).toBe(`https://${String(account)}.blob.core.windows.net`);
    expect(containers).toContain(storage.azureBlob?.container);
    expect(await readFile(new URL(`deploy/argocd/prerequisites/azure-${stage}/vault.yaml`, repository), 'utf8')).toContain(
      `https://${String(passed['vault'])}.vault.azure.net`,
    );
  });

  it('puts its load balancer and Private Link into subnets that are there', async () => {
    const { edge } = await valuesOf(`azure-${stage}`);
    const { privateLinkService, loadBalancerSubnet } = edge['frontDoor'] as { privateLinkService: { subnet: string }; loadBalancerSubnet: string };
    const subnets = Object.keys(module('modules/azure/network').locals['subnets'] as object);
    expect(subnets).toEqual(expect.arrayContaining([privateLinkService.subnet, loadBalancerSubnet]));
  });
});

type Scaled = { readonly databasePoolSize?: number; readonly scaling?: { readonly max?: number } };
type Sized = { readonly api: Scaled; readonly poolDefaults: Scaled; readonly pools: Readonly<Record<string, Scaled>> };

/** As Helm lays one file of values over another: objects are merged, anything else is replaced. */
function merged(under: unknown, over: unknown): unknown {
  if (!isObject(under) || !isObject(over)) return over === undefined ? under : over;
  return Object.fromEntries([...new Set([...Object.keys(under), ...Object.keys(over)])].map((key) => [key, merged(under[key], over[key])]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('connections to PostgreSQL', () => {
  const environments = ['aws', 'azure'].flatMap((cloud) => ['staging', 'production'].map((stage) => [`${cloud}-${stage}`, cloud, stage] as const));

  it.each(environments)(
    'of %s are fewer than the server takes, with every pool at its largest and a retiring build beside them',
    async (name, cloud, stage) => {
      const defaults: unknown = parse(await readFile(new URL('deploy/helm/certifiable/values.yaml', repository), 'utf8'));
      const { api, poolDefaults, pools } = merged(defaults, await valuesOf(name)) as Sized;
      const most = (scaled: unknown) => {
        const { databasePoolSize = 0, scaling } = scaled as Scaled;
        return databasePoolSize * (scaling?.max ?? 0);
      };
      const ofPools = Object.values(pools).map((pool) => most(merged(poolDefaults, pool)));
      const sum = most(api) + ofPools.reduce((total, connections) => total + connections, 0) + most(merged(poolDefaults, pools['certification']));
      const { max_connections: limit } = passedTo(cloud, stage)['database'] as { max_connections: number };
      expect(ofPools.filter((connections) => connections === 0)).toEqual([]);
      expect(sum).toBeGreaterThan(100);
      // Some are the server's own and its administrators'.
      expect(sum).toBeLessThan(limit * 0.95);
    },
  );
});
