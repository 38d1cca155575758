import type { EventType } from '../../domain/events.ts';
import type { RecordContext } from '../context.ts';
import { boxOf, webhookPlace } from '../sealed-secrets.ts';

type SinkKind = 'register' | 'broker' | 'webhook';

type NewSink = {
  readonly name: string;
  readonly kind: SinkKind;
  /** Default: all. */
  readonly types?: readonly EventType[];
  readonly url?: string;
  readonly secrets?: readonly string[];
  readonly createdBy: string;
};

type Sink = {
  readonly name: string;
  readonly kind: SinkKind;
  /** Empty: all. */
  readonly types: readonly string[];
  /** Of a webhook. */
  readonly url: string | null;
  /** Why it takes nothing at the moment. */
  readonly problem: string | null;
};

type Webhook = { readonly name: string; readonly url: string; readonly secrets: readonly string[] };

/**
 * Makes a sink of the configuration known, with the types that this release wants for it: it gets every event from its
 * first announcement on. Returns false, and changes nothing, when the name is that of a sink of another kind.
 */
export async function announceSink(
  { prisma, clock }: RecordContext,
  { name, kind, types = [] }: Pick<NewSink, 'name' | 'kind' | 'types'>,
): Promise<boolean> {
  const announced = await prisma.$executeRaw`
    INSERT INTO event_sink (name, kind, types, created_at, created_by) VALUES (${name}, ${kind}, ${[...types]}::text[], ${await clock()}, 'configuration')
    ON CONFLICT (name) DO UPDATE SET types = excluded.types WHERE event_sink.kind = excluded.kind`;
  return announced > 0;
}

/** Makes a sink known: it gets the events of these types, or all, from now on. Returns false, and changes nothing, when the name is taken. */
export async function addSink(context: RecordContext, { name, kind, types = [], url, secrets = [], createdBy }: NewSink): Promise<boolean> {
  const { prisma, clock } = context;
  const sealed = await Promise.all(secrets.map((secret) => boxOf(context).seal(secret, webhookPlace(name))));
  const added = await prisma.$executeRaw`
    INSERT INTO event_sink (name, kind, types, url, secrets, created_at, created_by)
    VALUES (${name}, ${kind}, ${[...types]}::text[], ${url ?? null}, ${sealed}::text[], ${await clock()}, ${createdBy}) ON CONFLICT DO NOTHING`;
  return added > 0;
}

/** Forgets a sink and what it has not taken. */
export async function removeSink({ prisma }: RecordContext, name: string): Promise<boolean> {
  return (await prisma.$executeRaw`DELETE FROM event_sink WHERE name = ${name}`) > 0;
}

/** Forgets a webhook and what it has not taken. Returns whether there was one of the name. */
export async function removeWebhook({ prisma }: RecordContext, name: string): Promise<boolean> {
  return (await prisma.$executeRaw`DELETE FROM event_sink WHERE name = ${name} AND kind = 'webhook'`) > 0;
}

/** A new secret for a webhook; the two before it go on signing, in case the answer with one of them was lost. Returns whether there is a webhook of the name. */
export async function addSecret(context: RecordContext, name: string, secret: string): Promise<boolean> {
  const sealed = await boxOf(context).seal(secret, webhookPlace(name));
  const added = await context.prisma.$executeRaw`
    UPDATE event_sink SET secrets = (array_prepend(${sealed}, secrets))[1:3] WHERE name = ${name} AND kind = 'webhook'`;
  return added > 0;
}

/** The sink answers again. */
export async function resumeSink({ prisma }: RecordContext, sink: string): Promise<void> {
  await prisma.$executeRaw`UPDATE event_sink SET failures = 0, problem = NULL, paused_until = NULL WHERE name = ${sink} AND failures > 0`;
}

/** Every sink. */
export async function readSinks({ prisma }: RecordContext): Promise<readonly Sink[]> {
  const select = { name: true, kind: true, types: true, url: true, problem: true } as const;
  const rows = await prisma.eventSink.findMany({ orderBy: { name: 'asc' }, select });
  return rows.map((row) => ({ ...row, kind: row.kind as SinkKind }));
}

/** Every webhook, as the relay serves it; the newest secret first, and none that no key opens. */
export async function readWebhooks(context: RecordContext): Promise<readonly Webhook[]> {
  const rows = await context.prisma.eventSink.findMany({
    where: { kind: 'webhook', url: { not: null } },
    orderBy: { name: 'asc' },
    select: { name: true, url: true, secrets: true },
  });
  return Promise.all(rows.map(async ({ name, url, secrets }) => ({ name, url: url ?? '', secrets: await opened(context, { name, secrets }) })));
}

/** One that cannot be opened must not keep the other webhooks from theirs. */
async function opened(context: RecordContext, { name, secrets }: Pick<Webhook, 'name' | 'secrets'>): Promise<readonly string[]> {
  const all = await Promise.allSettled(secrets.map((secret) => boxOf(context).open(secret, webhookPlace(name))));
  return all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** For metrics, a sink each: how many events wait, the age of the oldest in seconds, and how many were set aside. */
export async function readBacklog({
  prisma,
  clock,
}: RecordContext): Promise<readonly { sink: string; pending: number; oldestAgeSeconds: number; aside: number }[]> {
  return prisma.$queryRaw`
    SELECT s.name AS sink, count(*) FILTER (WHERE d.state = 'pending')::int AS pending, count(*) FILTER (WHERE d.state = 'aside')::int AS aside,
      coalesce(extract(epoch FROM ${await clock()} - min(e.time) FILTER (WHERE d.state = 'pending')), 0)::float8 AS "oldestAgeSeconds"
    FROM event_sink s LEFT JOIN dispatch d ON d.sink = s.name LEFT JOIN event e ON e.position = d.position GROUP BY s.name ORDER BY s.name`;
}
