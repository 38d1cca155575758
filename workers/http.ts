import { createServer, type Server } from 'node:http';
import { ConfigurationError } from '../platform/config.ts';

/** What a worker process tells about itself. `metrics` leaves out what it cannot learn; should it reject, the scrape fails and nothing else. */
export type WorkerStatus = { readonly ready: () => boolean; readonly metrics: () => Promise<string> };

/** /livez, /readyz and /metrics of a worker process. Rejects with a ConfigurationError when the port is taken. */
export function serveStatus({ host, port, status }: { host: string; port: number; status: WorkerStatus }): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (code: number, body: string, type = 'text/plain; charset=utf-8') => response.writeHead(code, { 'content-type': type }).end(body);
    switch (request.url) {
      case '/livez':
        answer(200, 'live\n');
        return;
      case '/readyz':
        answer(status.ready() ? 200 : 503, status.ready() ? 'ready\n' : 'not ready\n');
        return;
      case '/metrics':
        status.metrics().then(
          (text) => answer(200, text, 'text/plain; version=0.0.4; charset=utf-8'),
          () => answer(500, 'the metrics could not be gathered\n'),
        );
        return;
      default:
        answer(404, 'see /livez, /readyz and /metrics\n');
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new ConfigurationError([`WORKER_HTTP_PORT: port ${port} on ${host} is taken by another process`]) : error);
    });
    server.listen(port, host, () => resolve(server));
  });
}
