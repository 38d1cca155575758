import { parseArgs } from 'node:util';
import express from 'express';
import pg from 'pg';

/**
 * The bare counterpart of a look-up in our register, and FIXED: Express, the same indexed query, and nothing else.
 *
 *   node trials/benchmarks/verify-baseline.ts --port PORT --database URL --connections N
 */

const text = { type: 'string', default: '' } as const;
const { values: options } = parseArgs({ options: { port: text, database: text, connections: text } });

const pool = new pg.Pool({ connectionString: options.database, max: Number(options.connections) });
const app = express();

app.get('/readyz', (_request, response) => {
  response.json({ status: 'ok' });
});

app.get('/v1/register/certificates/:certificateId', async (request, response) => {
  const { rows } = await pool.query(
    `SELECT certificate_id, number, name, exam_title, issued_at, basis_points, status, revision, replaced_by FROM register_entry
     WHERE certificate_id = $1`,
    [request.params.certificateId],
  );
  if (rows[0]) response.json(rows[0]);
  else response.status(404).json({ code: 'not_found' });
});

const server = app.listen(Number(options.port), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void pool.end();
});
