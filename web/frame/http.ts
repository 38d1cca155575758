import { defaults } from '../generated/client.ts';
import { setServerDate } from './server-clock.ts';
import type { SignIn } from './sign-in.ts';

/** How long a request waits for an answer before it counts as lost. */
const ANSWER_SECONDS = 30;

/** Requests of the generated client carry the token of who is signed in, and are repeated once with a new one when it had expired. */
export function useSignInForRequests(signIn: SignIn): void {
  defaults.baseUrl = '';
  defaults.fetch = (input, init) => authorisedFetch(signIn, input, init);
}

async function authorisedFetch(signIn: SignIn, input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const send = async () => {
    const headers = new Headers(init.headers);
    const token = signIn.token();
    if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
    const signal = AbortSignal.any([AbortSignal.timeout(ANSWER_SECONDS * 1000), ...(init.signal ? [init.signal] : [])]);
    const response = await fetch(input, { ...init, headers, signal });
    setServerDate(response.headers.get('Date'));
    return asTyped(response);
  };
  const response = await send();
  // A token that is renewed tells of the same sign-in, which is what was not enough (RFC 9470).
  const isTooWeak = response.headers.get('WWW-Authenticate')?.includes('insufficient_user_authentication') ?? false;
  if (response.status !== 401 || isTooWeak || !(await signIn.renew())) return response;
  return send();
}

/** The generated client reads whatever is not JSON as text, which no file outlives as it was: it is given the Blob that its types promise. */
function asTyped(response: Response): Response {
  const isFile = response.headers.get('Content-Type')?.includes('json') === false;
  return isFile ? Object.assign(response, { text: () => fileOf(response) }) : response;
}

/** Under the name that the API gives it, which is plain ASCII of all that pages ask for. */
async function fileOf(response: Response): Promise<File> {
  const [content, disposition] = [await response.blob(), response.headers.get('Content-Disposition') ?? ''];
  return new File([content], /filename="?([^";]+)/.exec(disposition)?.[1] ?? '', { type: content.type });
}
