import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesMatching } from '../files.ts';
import { root } from '../../../test/support/tools.ts';
import { RARE_METRICS, RARE_SDK_METRICS } from './known-metrics.ts';

const SDK = 'node_modules/@temporalio/core-bridge/sdk-core/crates';
const SDK_SOURCES = ['common/src/telemetry/metrics.rs', 'sdk-core/src/telemetry/metrics.rs', 'client/src/metrics.rs'];

const read = async (files: readonly string[]) => (await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))).join('\n');

it('every rare metric of ours is exposed by our code', async () => {
  const source = await read(await filesMatching(root, ['api/**/*.ts', 'workers/**/*.ts', 'platform/**/*.ts']));
  expect(RARE_METRICS.filter((name) => !source.includes(`'${name}'`))).toEqual([]);
});

it("every rare metric of Temporal's is in the source of the SDK that is installed", async () => {
  const source = await read(SDK_SOURCES.map((file) => join(SDK, file)));
  expect(RARE_SDK_METRICS.filter((name) => !source.includes(`"${name.replace('temporal_', '')}"`))).toEqual([]);
});
