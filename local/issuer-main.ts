import { parseArgs } from 'node:util';
import { startIssuer } from './issuer.ts';

/** The local issuer as a process: node local/issuer-main.ts --port PORT --key-file FILE --pages-url URL */
const { values } = parseArgs({ options: { port: { type: 'string' }, 'key-file': { type: 'string' }, 'pages-url': { type: 'string' } } });
const { port, 'key-file': keyFile, 'pages-url': pagesUrl } = values;
if (port === undefined || keyFile === undefined || pagesUrl === undefined)
  throw new Error('Usage: node local/issuer-main.ts --port PORT --key-file FILE --pages-url URL');

const server = await startIssuer({ port: Number(port), keyFile, pagesUrl });

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
