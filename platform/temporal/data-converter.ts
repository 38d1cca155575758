import type { DataConverter, PayloadCodec } from '@temporalio/common';
import { readOctetKeys, type OctetKeys } from '../octet-keys.ts';
import type { Kept, SecretKeeper } from '../secret-keeper.ts';
import { createPayloadCodec } from './payload-codec.ts';
import type { TemporalConfig } from './settings.ts';

/** How payloads are written and read, for everything that speaks with Temporal: clients, workers and replays. */

/** With our one codec. */
export type OwnConverter = DataConverter & { readonly payloadCodecs: [PayloadCodec] };

const SETTING = 'TEMPORAL_CODEC_KEYS';

/** By the keys that the configuration has now. Throws a ConfigurationError when they are unusable. */
export function dataConverterOf({ TEMPORAL_CODEC_KEYS: keys }: Partial<TemporalConfig>): OwnConverter {
  return converterBy(keys === undefined ? undefined : { current: readOctetKeys(keys, SETTING) });
}

/** By the keys as their file has them at each moment. */
export async function keepDataConverter({ config, secrets }: { config: TemporalConfig; secrets: SecretKeeper }): Promise<OwnConverter> {
  return converterBy(await keepCodecKeys({ config, secrets }));
}

async function keepCodecKeys({
  config: { TEMPORAL_CODEC_KEYS: value },
  secrets,
}: {
  config: TemporalConfig;
  secrets: SecretKeeper;
}): Promise<Kept<OctetKeys> | undefined> {
  if (value === undefined) return undefined;
  return secrets.keep({ name: SETTING, value, make: (text) => readOctetKeys(text, SETTING) });
}

function converterBy(keys: Kept<OctetKeys> | undefined): OwnConverter {
  return { payloadCodecs: [createPayloadCodec(keys)] };
}
