import { z } from 'zod';
import type { Settings } from './config.ts';

const buildId = z.string().regex(/^[\w.-]{1,63}$/, 'at most 63 letters, digits, dots, dashes and underscores');

/** The build that workflows are pinned to: the image's digest or the commit. */
export const requiredBuildSettings = { schema: z.object({ WORKER_BUILD_ID: buildId }) } satisfies Settings<object>;

/** The image bakes it in for all that it runs; metrics and logs tell it. */
export const buildSettings = { schema: z.object({ WORKER_BUILD_ID: buildId.default('unknown') }) } satisfies Settings<object>;

/** Where a program only wants to know. */
export const ownBuildSettings = { schema: z.object({ WORKER_BUILD_ID: buildId.optional() }) } satisfies Settings<object>;

/** The prebuilt workflow bundle; without it a worker bundles at start. */
export const bundleSettings = { schema: z.object({ WORKFLOW_BUNDLE: z.string().min(1).optional() }) } satisfies Settings<object>;
