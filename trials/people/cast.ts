import { requestToken, type Person } from '../../local/tokens.ts';
import { createApiClient, type ApiClient } from './client.ts';
import type { HttpOptions } from './http.ts';

/** Turns people into clients of one API, each with a token of their own from the local issuer. */
export type Cast = (person: Person) => ApiClient;

const TOKEN_SECONDS = 12 * 60 * 60;

export function createCast({
  apiUrl,
  issuerUrl,
  ...options
}: { apiUrl: string; issuerUrl: string } & Pick<HttpOptions, 'signal' | 'onAnswer'>): Cast {
  return (person) => {
    let token: Promise<string> | undefined;
    const ownToken = () => (token ??= requestToken(issuerUrl, { ...person, expiresInSeconds: TOKEN_SECONDS }));
    return createApiClient({ ...options, baseUrl: apiUrl, token: ownToken });
  };
}
