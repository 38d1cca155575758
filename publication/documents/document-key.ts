import { documentKeyOf } from '../../platform/storage/object-storage.ts';

export const PDF_MEDIA_TYPE = 'application/pdf';
export const ISSUER_NAME = 'Certifiable, Inc.';

/** Under which name a certificate's PDF has its signed credential attached. */
export const CREDENTIAL_ATTACHMENT = 'credential.json';

/** Where a rendered document lies: a report under its decision's id, a certificate under its own. */
export const documentKey = documentKeyOf;
