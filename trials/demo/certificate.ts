import { setTimeout as pause } from 'node:timers/promises';
import { findIndependentVerifiers } from './verifiers/independent-verifier.ts';
import type { Cast } from '../people/cast.ts';
import { DEMO_SECOND_STAFF, DEMO_STAFF } from './cast.ts';
import type { DemoEnd } from './play.ts';
import type { DemoServers } from './report.ts';

/** What the world can check of a certificate, by the routes that everybody may use. */

type Verdict = { readonly result: 'valid' | 'suspended' | 'revoked' | 'refused'; readonly reason: string | null };

/** Says what a verifier makes of a credential's text. */
type Verifier = { readonly name: string; readonly verify: (credential: string) => Promise<Verdict['result']> };

/** Caches may keep a status list for some seconds; within a minute everybody must see what changed. */
const SEEN_WITHIN_SECONDS = 60;

/**
 * Checks one certificate as employers would: the credential as it is, a changed one, and while and after staff looked into
 * doubts; by our own public route and, if asked for, by verifiers that we did not write. Throws when a verdict is wrong, or
 * a change of status is not seen within a minute.
 */
export async function checkedCertificate(
  end: DemoEnd,
  { stack, cast, independent, signal }: { stack: DemoServers; cast: Cast; independent: boolean; signal: AbortSignal },
): Promise<string> {
  const { api, attemptId } = end.journey;
  const [certificate, credential, pdf] = await Promise.all([api.certificate(attemptId), api.credential(attemptId), api.certificatePdf(attemptId)]);
  const text = JSON.stringify(credential);
  const changed = text.replace(end.candidate.name, `${end.candidate.name.slice(0, -1)}x`);
  const verifiers = [ownVerifier(stack, signal), ...(independent ? await independentVerifiers(stack) : [])];
  const rows: string[] = [];
  const expect = async (expected: Verdict['result'], when: string, credentialText = text) => {
    await Promise.all(verifiers.map((verifier) => untilFound(verifier, { expected, when, credentialText, signal })));
    rows.push(`    ${expected.padEnd(10)} ${when}`);
  };

  const [staff, second] = [cast(DEMO_STAFF), cast(DEMO_SECOND_STAFF)];
  const suspend = async (reason: string) => second.confirmAct<{ correctionId: string }>(await staff.suspendCertificate(certificate.id, reason));
  const settle = async ({ correctionId }: { correctionId: string }, settlement: Parameters<typeof staff.settleCorrection>[1]) =>
    second.confirmAct(await staff.settleCorrection(correctionId, settlement));
  await expect('valid', 'as it was issued');
  await expect('refused', 'with one letter changed', changed);
  const doubt = await suspend('the demo shows a doubt');
  await expect('suspended', 'while staff look into a doubt');
  await settle(doubt, { resolution: 'reinstated', reason: 'it was unfounded' });
  await expect('valid', 'after they reinstated it');
  const fraud = await suspend('the demo shows a fraud');
  await settle(fraud, { resolution: 'revoked', reason: 'it was one' });
  await expect('revoked', 'after they revoked it');
  return [
    `The certificate of ${end.candidate.name} (${certificate.score} %), checked by everybody's routes:`,
    `  page         ${certificate.page}`,
    `  PDF          ${Math.round(pdf.byteLength / 1024)} kB, with a QR code to that page`,
    `  credential   Open Badges 3.0, ${Math.round(text.length / 1024)} kB, checked by ${verifiers.map(({ name }) => name).join(', ')}:`,
    ...rows,
  ].join('\n');
}

async function untilFound(
  { name, verify }: Verifier,
  { expected, when, credentialText, signal }: { expected: Verdict['result']; when: string; credentialText: string; signal: AbortSignal },
): Promise<void> {
  const giveUpAt = Date.now() + SEEN_WITHIN_SECONDS * 1000;
  for (;;) {
    const found = await verify(credentialText);
    if (found === expected) return;
    if (Date.now() > giveUpAt) throw new Error(`${name} finds the credential ${found} ${when}, and not ${expected}`);
    await pause(500, undefined, { signal });
  }
}

function ownVerifier({ apiUrl }: DemoServers, signal: AbortSignal): Verifier {
  return {
    name: 'our public route',
    async verify(credential) {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(new URL('/v1/register/verification', apiUrl), { method: 'POST', headers, body: credential, signal });
      if (!answer.ok) throw new Error(`the verification answered ${answer.status}`);
      return ((await answer.json()) as Verdict).result;
    },
  };
}

/** They know nothing of us but the issuer's address, and fetch its document and the status lists over HTTP. */
async function independentVerifiers({ apiUrl }: DemoServers): Promise<readonly Verifier[]> {
  const { verifiers, skipped } = await findIndependentVerifiers();
  for (const why of skipped) console.log(`a verifier is left out: ${why}`);
  if (verifiers.length === 0) throw new Error('--independent needs a verifier that we did not write, and none can be had here');
  const issuer = `${apiUrl}/issuer`;
  return verifiers.map(({ name, verify }) => ({
    name,
    async verify(credential) {
      const [found] = await verify({ issuer, credentials: [credential] });
      if (!found) throw new Error(`${name} said nothing`);
      return found.kind;
    },
  }));
}
