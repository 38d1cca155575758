import { parseArgs } from 'node:util';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import pg from 'pg';

/**
 * The bare counterpart of our autosave, and FIXED: Express, one verified token, one upsert, and nothing else.
 *
 *   node trials/benchmarks/autosave-baseline.ts --port PORT --database URL --connections N --issuer URL --audience NAME --jwks URL
 */

const text = { type: 'string', default: '' } as const;
const { values: options } = parseArgs({ options: { port: text, database: text, connections: text, issuer: text, audience: text, jwks: text } });

const pool = new pg.Pool({ connectionString: options.database, max: Number(options.connections) });
await pool.query(
  'CREATE TABLE IF NOT EXISTS bare_response (attempt_id uuid, item_id text, value jsonb, sequence int, saved_at timestamptz, PRIMARY KEY (attempt_id, item_id))',
);
const keys = createRemoteJWKSet(new URL(options.jwks));
const app = express();

app.get('/readyz', (_request, response) => {
  response.json({ status: 'ok' });
});

app.put('/v1/attempts/:attemptId/responses/:itemId', express.json(), async (request, response) => {
  const { attemptId, itemId } = request.params;
  await jwtVerify(request.headers.authorization?.slice('Bearer '.length) ?? '', keys, { issuer: options.issuer, audience: options.audience });
  const { value, sequence } = request.body as { value: unknown; sequence: number };
  const { rows } = await pool.query<{ saved_at: Date }>(
    `INSERT INTO bare_response (attempt_id, item_id, value, sequence, saved_at) VALUES ($1, $2, $3, $4, clock_timestamp())
     ON CONFLICT (attempt_id, item_id) DO UPDATE SET value = excluded.value, sequence = excluded.sequence, saved_at = excluded.saved_at
     RETURNING saved_at`,
    [attemptId, itemId, JSON.stringify(value), sequence],
  );
  response.json({ itemId, sequence, savedAt: rows[0]?.saved_at });
});

const server = app.listen(Number(options.port), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void pool.end();
});
