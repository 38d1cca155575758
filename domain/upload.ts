/** Why an upload is not taken: it arrived changed, or malware or a fault was found in it (platform/files/fault.ts). */
export const REJECTIONS = ['hash_mismatch', 'infected', 'other_type', 'cut_off', 'damaged', 'encrypted', 'too_much', 'unsafe', 'blank'] as const;
export type Rejection = (typeof REJECTIONS)[number];
