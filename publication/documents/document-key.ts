export const PDF_MEDIA_TYPE = 'application/pdf';
export const ISSUER_NAME = 'Certifiable, Inc.';

/** Under which name a certificate's PDF has its signed credential attached. */
export const CREDENTIAL_ATTACHMENT = 'credential.json';
