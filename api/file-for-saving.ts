import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { ObjectStorage } from '../platform/storage/object-storage.ts';

/** What a candidate wrote must never run in anybody's browser: it is saved, and not shown. */
export const FOR_SAVING_ONLY = { 'Content-Security-Policy': "sandbox; default-src 'none'", 'X-Content-Type-Options': 'nosniff' } as const;

/** Streams an uploaded file under this name. */
export async function sendForSaving(
  response: Response,
  storage: ObjectStorage,
  { uploadId, name, mediaType }: { readonly uploadId: string; readonly name: string; readonly mediaType: string },
): Promise<void> {
  const { sizeBytes, body } = await storage.read(uploadId);
  response.attachment(name).set({ 'Content-Type': mediaType });
  await streamForSaving(response, { sizeBytes, body });
}

/** Once its name and type are set. */
export async function streamForSaving(response: Response, { sizeBytes, body }: Awaited<ReturnType<ObjectStorage['read']>>): Promise<void> {
  response.set({ ...FOR_SAVING_ONLY, 'Content-Length': String(sizeBytes) });
  await pipeline(body, response).catch((error: unknown) => {
    // The reader went away: nobody is left to be told.
    if (!response.destroyed) throw error;
  });
}
