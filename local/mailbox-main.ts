import { parseArgs } from 'node:util';
import { startMailbox } from './mailbox.ts';
import { startMailboxPage } from './mailbox-page.ts';

/** The local mailbox as a process: node local/mailbox-main.ts --directory DIR --smtp-port PORT --http-port PORT */
const { values } = parseArgs({ options: { directory: { type: 'string' }, 'smtp-port': { type: 'string' }, 'http-port': { type: 'string' } } });
const { directory, 'smtp-port': smtpPort, 'http-port': httpPort } = values;
if (directory === undefined || smtpPort === undefined || httpPort === undefined)
  throw new Error('Usage: node local/mailbox-main.ts --directory DIR --smtp-port PORT --http-port PORT');

const mailbox = await startMailbox({ directory, port: Number(smtpPort), log: (line) => console.error(line) });
const page = await startMailboxPage({ mailbox, port: Number(httpPort) });

process.once('SIGTERM', () => {
  page.close();
  page.closeAllConnections();
  void mailbox.stop();
});
