import { parseArgs } from 'node:util';
import { startIssuer } from './issuer.ts';

/** The local issuer as a process: node local/issuer-main.ts --port PORT --key-file FILE */
const { values } = parseArgs({ options: { port: { type: 'string' }, 'key-file': { type: 'string' } } });
const { port, 'key-file': keyFile } = values;
if (port === undefined || keyFile === undefined) throw new Error('Usage: node local/issuer-main.ts --port PORT --key-file FILE');

const server = await startIssuer({ port: Number(port), keyFile });

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
