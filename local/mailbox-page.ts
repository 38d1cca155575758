import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { escapeHtml, type Mailbox, type ReceivedMail } from './mailbox.ts';

/** What the mailbox holds, to read in a browser. On loopback and nowhere else. */

const host = '127.0.0.1';
const localNames = ['127.0.0.1', '[::1]', 'localhost'];
const listedMails = 200;
const contentTypes = { eml: 'message/rfc822', html: 'text/html; charset=utf-8', txt: 'text/plain; charset=utf-8' };
const headers = {
  // The mails' own styles are inline; nothing else is ever loaded or run.
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** Resolves when it listens. */
export async function startMailboxPage({ mailbox, port }: { mailbox: Mailbox; port: number }): Promise<Server> {
  const server = createServer((request, response) => {
    serve(mailbox, request, response).catch((error: unknown) => answer(response, 500, contentTypes.txt, String(error)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return server;
}

async function serve(mailbox: Mailbox, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A page of any site can point a name of its own at this machine and read on as that name.
  const name = request.headers.host?.replace(/:\d+$/, '') ?? '';
  if (!localNames.includes(name)) return answer(response, 403, contentTypes.txt, 'only for requests to loopback');
  if (request.method !== 'GET') return answer(response, 405, contentTypes.txt, 'only GET');
  const path = request.url ?? '/';
  if (path === '/livez' || path === '/readyz') return answer(response, 200, 'application/json', '{"status":"ok"}');
  if (path === '/') return answer(response, 200, contentTypes.html, listPage(mailbox, await mailbox.latest(listedMails)));
  const file = /^\/mails\/(\d{8}T\d{9}Z-\d{6,})\.(eml|html|txt)$/.exec(path);
  if (!file) return answer(response, 404, contentTypes.txt, 'no such page');
  const [, mail = '', ending = ''] = file;
  const content = await readFile(join(mailbox.directory, `${mail}.${ending}`)).catch(() => undefined);
  if (content === undefined) return answer(response, 404, contentTypes.txt, 'no such mail');
  answer(response, 200, contentTypes[ending as keyof typeof contentTypes], content);
}

function answer(response: ServerResponse, status: number, contentType: string, content: string | Buffer): void {
  response.writeHead(status, { ...headers, 'content-type': contentType });
  response.end(content);
}

function listPage(mailbox: Mailbox, mails: readonly ReceivedMail[]): string {
  const more = mailbox.count() > mails.length ? ` The latest ${mails.length} are here, all of them in ${escapeHtml(mailbox.directory)}.` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Mailbox</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8a8a8a; padding: .4rem .6rem; text-align: start; vertical-align: top; overflow-wrap: anywhere }
</style>
</head>
<body>
<main>
<h1>Mailbox</h1>
<p>${mailbox.count()} mails came in. None was delivered to anybody.${more}</p>
<table>
<thead><tr><th scope="col">Received</th><th scope="col">To</th><th scope="col">Subject</th><th scope="col">As</th></tr></thead>
<tbody>
${mails.map(listRow).join('\n')}
</tbody>
</table>
</main>
</body>
</html>
`;
}

function listRow({ name, receivedAt, to, subject }: ReceivedMail): string {
  const time = receivedAt.toISOString();
  const link = (ending: string, label: string) => `<a href="/mails/${name}.${ending}">${label}</a>`;
  const cells = [
    `<time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time>`,
    escapeHtml(to),
    link('html', escapeHtml(subject)),
    `${link('txt', 'text')} ${link('eml', 'source')}`,
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}
