import { afterEach, describe, expect, it } from 'vitest';
import { createRendererAside, RenderingUnavailable } from './renderer-aside.ts';
import { createDocumentRenderer } from './renderer.ts';

const certificate = (name: string) => ({
  certificateId: 'c0ffee00-0000-4000-8000-000000000000',
  name,
  examTitle: 'Architect',
  basisPoints: 9000,
  issuedAt: new Date(0),
  pageUrl: 'https://certifiable.example/register/c0ffee00',
  issuerName: 'Certifiable, Inc.',
});

const aside = createRendererAside();
afterEach(() => aside.close());

describe('the renderer in a thread of its own', () => {
  it('makes the same bytes as in this one, and lets this one go on meanwhile', async () => {
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 1);
    const bytes = await aside.certificate(certificate('山田 太郎'));
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(5);
    expect(Buffer.from(bytes).equals(createDocumentRenderer().certificate(certificate('山田 太郎')))).toBe(true);
  });

  it('says what could not be rendered, and goes on with the next', async () => {
    const broken = aside.certificate({ ...certificate('Ada'), pageUrl: 'https://certifiable.example/'.padEnd(5000, 'x') });
    const next = aside.certificate(certificate('Ada'));
    await expect(broken).rejects.toThrow();
    expect((await next).length).toBeGreaterThan(1000);
  });

  it('that ends loses nobody: who waits is told, and who asks next is served by another', async () => {
    const first = [aside.certificate(certificate('Ada')), aside.certificate(certificate('Grace'))].map((asked) =>
      asked.then(
        () => 'rendered',
        (error: unknown) => error,
      ),
    );
    await aside.close();
    for (const outcome of await Promise.all(first)) expect(outcome).toBeInstanceOf(RenderingUnavailable);
    expect((await aside.certificate(certificate('Ada'))).length).toBeGreaterThan(1000);
  });

  it('lets only so many wait', async () => {
    const asked = await Promise.allSettled([
      ...Array.from({ length: 50 }, () => aside.certificate(certificate('Ada'))),
      ...Array.from({ length: 3 }, () => aside.certificate(certificate('Grace'))),
    ]);
    expect(asked.slice(0, 50).every(({ status }) => status === 'fulfilled')).toBe(true);
    for (const refused of asked.slice(50))
      expect(refused).toMatchObject({ reason: new RenderingUnavailable('too many documents are being rendered') });
  });
});
