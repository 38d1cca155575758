import { defineConfig } from 'prisma/config';

// Read by the Prisma CLI alone; the processes take DATABASE_URL from platform/config.ts.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://localhost/certifiable' },
});
