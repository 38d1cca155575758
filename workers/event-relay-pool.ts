import { createEventSink } from '../platform/brokers/brokers.ts';
import { secretsOf } from '../platform/config.ts';
import { createWebhookSink } from '../platform/webhooks/webhook-sink.ts';
import { connectRegister } from '../store/register.ts';
import { createEventRelay } from './event-relay.ts';
import type { Loop } from './loop.ts';
import type { LoopDependencies } from './loops.ts';
import { createRegisterSink } from './register-sink.ts';

/** The relay with the sinks of the configuration: the register and the brokers. */
export async function connectEventRelay({ config, prisma, store, logger }: LoopDependencies): Promise<Loop> {
  const register = await connectRegister(config.register, { prisma });
  const brokers = await Promise.all(config.EVENT_SINKS.map((settings) => createEventSink(settings, secretsOf())));
  return createEventRelay({
    store,
    logger,
    publicUrl: config.PUBLIC_URL,
    register: createRegisterSink({ store, register }),
    brokers,
    webhookSink: (webhook) => createWebhookSink({ ...webhook, allowPrivateAddresses: config.WEBHOOKS_TO_PRIVATE_ADDRESSES }),
  });
}
