import { z } from 'zod';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { instant, uuid } from '../../schemas.ts';

export const MEDIA_TYPES = ['application/pdf', 'text/markdown', 'application/zip', 'text/plain'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

export const UPLOAD_BYTES_MAX = 200 * 1024 * 1024;

/** The Upload-Metadata of tus, decoded. */
export const uploadMetadata = z.object({
  filename: text(TEXTS.fileName),
  filetype: z.enum(MEDIA_TYPES),
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be the SHA-256 of the whole file, 64 hexadecimal digits'),
});

export const uploadParams = z.object({ attemptId: uuid, uploadId: uuid });

const upload = z
  .object({
    id: uuid,
    fileName: z.string(),
    mediaType: z.string(),
    sizeBytes: z.number().int(),
    sha256: z.string(),
    completedAt: instant.nullable().meta({ description: 'Null while bytes are missing: resume it' }),
  })
  .meta({ id: 'Upload' });

export const uploadList = z.object({ uploads: z.array(upload) });
