import { createEventSink } from '../platform/brokers/brokers.ts';
import { environmentOf } from '../platform/config.ts';
import { createWebhookSink } from '../platform/webhooks/webhook-sink.ts';
import { connectRegister } from '../publication/register/connect.ts';
import { createPostgresRegister } from '../store/register.ts';
import { createEventRelay } from './event-relay.ts';
import type { Loop } from './loop.ts';
import type { LoopDependencies } from './loops.ts';
import { createRegisterSink } from './register-sink.ts';

/** The relay with the sinks of the configuration: the register and the brokers. */
export async function connectEventRelay({ config, prisma, store, logger }: LoopDependencies): Promise<Loop> {
  const register = await connectRegister(config.register, { postgres: () => createPostgresRegister({ prisma }) });
  const brokers = await Promise.all(config.EVENT_SINKS.map((settings) => createEventSink(settings, environmentOf())));
  return createEventRelay({
    store,
    logger,
    publicUrl: config.PUBLIC_URL,
    register: createRegisterSink({ store, register }),
    brokers,
    webhookSink: (webhook) => createWebhookSink({ ...webhook, allowPrivateAddresses: config.WEBHOOKS_TO_PRIVATE_ADDRESSES }),
  });
}
