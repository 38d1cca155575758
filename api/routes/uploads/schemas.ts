import { z } from 'zod';
import { TEXTS } from '../../../domain/text.ts';
import { REJECTIONS } from '../../../domain/upload.ts';
import { text } from '../../../publication/text.ts';
import { INSPECTED_TYPES, type InspectedType } from '../../../platform/files/inspect.ts';
import { SCAN_STATES } from '../../../store/upload-scans.ts';
import { instant, uuid } from '../../schemas.ts';

/** A file of each of them is opened before it counts. */
export const MEDIA_TYPES = INSPECTED_TYPES;
export type MediaType = InspectedType;

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
    rejectedFor: z
      .enum(REJECTIONS)
      .nullable()
      .meta({ description: 'Why it was not taken: it never counts, and its bytes are gone. Null when it was taken, or bytes are missing' }),
    scan: z
      .enum(SCAN_STATES)
      .nullable()
      .meta({ description: 'For malware: pending counts, and goes to graders once it is scanned. Null where files are not scanned' }),
  })
  .meta({ id: 'Upload' });

export const uploadList = z.object({ uploads: z.array(upload) });
