import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type Provider from 'oidc-provider';
import { peopleToBe, personOf } from './tokens.ts';

/**
 * The page that asks who of the example people one is, and what becomes of the answer. Only the browser that began the
 * sign-in has its cookie; the code goes to the pages alone. Rejects when no sign-in is under way.
 */
export async function choosePerson(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') return sendPage(response, uid);
  const subject = new URLSearchParams(await text(request)).get('subject') ?? '';
  if (!personOf(subject)) throw new Error('there is no such person');
  await provider.interactionFinished(request, response, { login: { accountId: subject } });
}

function sendPage(response: ServerResponse, uid: string): void {
  const buttons = peopleToBe.map(
    ({ subject, name, roles }) => `<p><button name="subject" value="${subject}"><strong>${name}</strong><br>${roles.join(', ')}</button></p>`,
  );
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    // No form-action: browsers hold it against the redirect that follows, too, which goes to the pages.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  });
  response.end(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Who are you?</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 26rem; margin: 10vh auto; padding: 0 1rem; }
button { width: 100%; padding: 0.75rem 1rem; font: inherit; text-align: left; }
</style>
</head>
<body>
<main>
<h1>Who are you?</h1>
<p>This issuer is for trying Certifiable on one machine: it asks for no password.</p>
<form method="post" action="/interaction/${uid}">
${buttons.join('\n')}
</form>
</main>
</body>
</html>
`);
}
