import { createHash } from 'node:crypto';

/** How long a browser or a cache on the way may answer by itself; REMEMBER_MILLISECONDS of ours come on top. */
const CACHE_SECONDS = 15;

/** Headers of a public answer. Express compares the tag with the caller's and answers 304. */
export function publicCaching(body: string): { readonly 'Cache-Control': string; readonly ETag: string } {
  return {
    'Cache-Control': `public, max-age=${CACHE_SECONDS}, must-revalidate`,
    ETag: `"${createHash('sha256').update(body).digest('base64url')}"`,
  };
}
