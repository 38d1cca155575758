import pg from 'pg';

/** One after another by a connection of their own, which may be a socket's folder. */
export async function runStatements(connection: pg.ClientConfig, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
