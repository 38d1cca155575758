import type { RequestHandler } from 'express';
import type { Actor } from '../../actor.ts';
import { sendForSaving } from '../../file-for-saving.ts';
import { Problem } from '../../problems.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf } from '../../route.ts';
import type { Services } from '../../services.ts';
import { check } from '../../validation.ts';
import { submissionParams } from '../attempts/schemas.ts';
import { reading } from './schemas.ts';

type ReaderOf = (actor: Actor) => { readonly actor: string; readonly role: 'staff' | 'auditor' };

/** Streams the file for saving only. Written down before its first byte. */
export function sendFile({ store, storage }: Pick<Services, 'store' | 'storage'>, readerOf: ReaderOf): RequestHandler {
  return async (request, response) => {
    const { actor } = contextOf(response);
    if (!actor) throw new TypeError('a route with roles is for somebody');
    const { reason } = check(reading, request.body);
    const { file } = await store.sittings.handedIn({ ...paramsOf(submissionParams, request), ...readerOf(actor), reason });
    if (!file) throw new Problem('not_found', 'This submission has no file.');
    if (file.isHeld) throw new Problem('not_found', 'The file is held back: it is not scanned for malware yet, or is infected.');
    await sendForSaving(response, storage, file);
  };
}
