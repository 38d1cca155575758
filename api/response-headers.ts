/** Every header of an answer that a client goes by, and what it says. The OpenAPI document declares them, and pages of other origins may read them. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': 'What the request is called in our logs; of the request, if that had a usable one',
  Location: 'Where it is now',
  'Retry-After': 'Whole seconds after which to try again',
  Allow: 'The methods that the path has',
  'WWW-Authenticate': 'How to authenticate',
  ETag: 'What to send as If-None-Match, to be told whether it is still right',
  'Cache-Control': 'How long it may be kept',
  'Content-Disposition': 'What the file is called',
  'Tus-Resumable': 'The version of the tus protocol',
  'Tus-Version': 'The versions of the tus protocol that are known here',
  'Tus-Extension': 'The extensions of the tus protocol that are known here',
  'Tus-Max-Size': 'How many bytes a file may have',
  'Upload-Offset': 'How many bytes have arrived',
  'Upload-Length': 'How many bytes the file has',
  'Upload-Metadata': 'What was announced, as it was',
} as const satisfies Readonly<Record<string, string>>;
export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** Of every answer. */
export const COMMON_HEADERS = ['X-Request-Id', 'Cache-Control'] as const satisfies readonly ResponseHeader[];
