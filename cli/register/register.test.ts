import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createImportStore } from '../../store/imports.ts';
import { createPostgresRegister } from '../../store/register.ts';
import { runCommand } from '../../test/support/command.ts';
import { createTestStore, type TestStore } from '../../test/support/database.ts';

let database: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
beforeAll(async () => {
  database = await createTestStore();
  prisma = connectDatabase({ DATABASE_URL: database.databaseUrl, DATABASE_POOL_SIZE: 5 });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.close();
});

/** As many imported certificates as asked for, more than one page of them where it matters. */
async function certify(count: number): Promise<readonly string[]> {
  const imports = createImportStore({ prisma, clock: postgresClock });
  const fileHash = randomUUID();
  await imports.begin(fileHash);
  const certificates = Array.from({ length: count }, (_, index) => ({
    line: index + 2,
    number: `C-${index}`,
    name: `Ada O'Lovelace ${index}`,
    examId: 'exam',
    examTitle: 'Exam',
    basisPoints: 8000,
    issuedAt: new Date('2020-01-01T00:00:00Z'),
  }));
  await imports.commit({ fileHash, linesBefore: 0, linesDone: count + 1, certificates, rejections: [] });
  return (await prisma.certificate.findMany({ select: { id: true }, orderBy: { number: 'asc' } })).map(({ id }) => id);
}

beforeEach(async () => {
  // The database refuses it: in the place of its administrator.
  await prisma.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL session_replication_role = replica`;
    await tx.$executeRaw`TRUNCATE certificate, register_entry CASCADE`;
  });
});

function run(...args: string[]) {
  const { certificates } = database.store;
  return runCommand(['register', ...args], { stores: { certificates }, register: createPostgresRegister({ prisma }) });
}

describe('certifiable register', () => {
  it('rebuilds an empty register from all certificates, and finds nothing to complain about then', async () => {
    await certify(2500);
    expect(await run('check')).toMatchObject({
      exitCode: 1,
      printed: expect.arrayContaining(['and 2,450 more', expect.stringMatching(/^2,500 differ/)]),
    });
    expect(await run('rebuild')).toEqual({ exitCode: 0, printed: ['2,500 certificates are in the register'], errors: [] });
    expect(await run('check')).toEqual({ exitCode: 0, printed: ['the register has all 2,500 certificates as they stand'], errors: [] });
    expect(await createPostgresRegister({ prisma }).find({ number: 'C-17' })).toMatchObject({
      name: "Ada O'Lovelace 17",
      status: 'valid',
      revision: 1,
    });
  });

  it('names an entry that was rewritten under its revision, with what it says otherwise, and a rebuild puts it right', async () => {
    const [rewritten = '', renumbered = ''] = await certify(3);
    await run('rebuild');
    await prisma.$executeRaw`UPDATE register_entry SET name = 'Mallory', basis_points = 10000 WHERE certificate_id = ${rewritten}::uuid`;
    await prisma.$executeRaw`UPDATE register_entry SET number = 'C-1000' WHERE certificate_id = ${renumbered}::uuid`;
    const { exitCode, printed } = await run('check');
    expect({ exitCode, differences: printed.slice(0, -1).toSorted() }).toEqual({
      exitCode: 1,
      differences: [
        `${rewritten} is in the register with its revision, but another name, basisPoints`,
        `${renumbered} is in the register with its revision, but another number`,
      ].toSorted(),
    });
    expect((await run('rebuild')).exitCode).toBe(0);
    expect((await run('check')).printed).toEqual(['the register has all 3 certificates as they stand']);
  });

  it('names what is missing, what is behind and what is there alone; a rebuild mends the first two and removes nothing', async () => {
    const [missing = '', behind = ''] = await certify(3);
    await run('rebuild');
    const stray = randomUUID();
    await prisma.$executeRaw`DELETE FROM register_entry WHERE certificate_id = ${missing}::uuid`;
    await prisma.$executeRaw`UPDATE certificate SET status = 'suspended', revision = 2 WHERE id = ${behind}::uuid`;
    await prisma.$executeRaw`
      INSERT INTO register_entry (certificate_id, name, exam_title, issued_at, basis_points, status, revision)
      VALUES (${stray}::uuid, 'Nobody', 'Exam', now(), 8000, 'valid', 1)`;

    const { exitCode, printed } = await run('check');
    expect({ exitCode, differences: printed.slice(0, -1).toSorted() }).toEqual({
      exitCode: 1,
      differences: [
        `${missing} is not in the register`,
        `${behind} is in the register with revision 1, not 2`,
        `${stray} is in the register, but there is no such certificate`,
      ].toSorted(),
    });
    expect((await run('rebuild')).exitCode).toBe(0);
    expect((await run('check')).printed).toEqual([
      `${stray} is in the register, but there is no such certificate`,
      expect.stringMatching(/^1 differ/),
    ]);
    expect(await createPostgresRegister({ prisma }).find({ certificateId: behind })).toMatchObject({ status: 'suspended', revision: 2 });
  });

  it('never undoes what the relay wrote meanwhile', async () => {
    const [certificateId = ''] = await certify(1);
    const register = createPostgresRegister({ prisma });
    const [entry] = await database.store.certificates.registerEntries([certificateId]);
    if (!entry) throw new TypeError('was certified');
    await register.put([{ ...entry, status: 'revoked', revision: 3 }]);
    await run('rebuild');
    expect(await register.find({ certificateId })).toMatchObject({ status: 'revoked', revision: 3 });
  });

  it('says in one line why the register cannot be used', async () => {
    const register = { ...createPostgresRegister({ prisma }), prepare: () => Promise.reject(new Error('make a table "register" first')) };
    const { certificates } = database.store;
    expect(await runCommand(['register', 'check'], { stores: { certificates }, register })).toMatchObject({
      exitCode: 1,
      errors: ['the register is not ready: Error: make a table "register" first'],
    });
  });

  it.each([[[]], [['burn']], [['check', 'twice']], [['check', '--fast']]])('says how it is used: %j', async (args) => {
    const { exitCode, printed, errors } = await run(...args);
    expect({ exitCode, printed, errors: errors.join('\n') }).toEqual({
      exitCode: 2,
      printed: [],
      errors: expect.stringContaining('Usage: certifiable register'),
    });
  });
});
