import { describe, expect, it } from 'vitest';
import { shownCredentialIn } from './presentation.ts';

const credential = { type: ['VerifiableCredential'], id: 'urn:x', proof: { type: 'DataIntegrityProof' } };
const other = { ...credential, id: 'urn:y' };
const presentation = (...verifiableCredential: readonly unknown[]) => ({ type: ['VerifiablePresentation'], verifiableCredential });
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown) => `${part({ alg: 'ES256', typ: 'vp+jwt' })}.${part(claims)}.c2lnbmF0dXJl`;
const envelope = (type: string, token: string) => ({ type, id: `data:application/vp+jwt,${token}` });

describe('a credential is found', () => {
  it.each([
    ['as it is', credential],
    ['in a presentation', presentation(credential)],
    ['in a presentation of another type too', { ...presentation(credential), type: ['VerifiablePresentation', 'Other'] }],
    ['in a presentation in a presentation', presentation(presentation(credential))],
    ['in a JWT', presentation(jwt({ vc: credential }))],
    ['in a presentation that is a JWT of the older kind', presentation(jwt({ vp: presentation(credential) }))],
    ['in a JWT of the newer kind', presentation(jwt(presentation(credential)))],
    ['in an envelope', presentation(envelope('EnvelopedVerifiableCredential', jwt(credential)))],
    ['in a list', [credential]],
    ['in a presentation in a list', [presentation(credential)]],
    ['twice the same', presentation(credential, structuredClone(credential))],
    ['in a token of OpenID', { vp_token: presentation(credential) }],
    ['in a token of OpenID that is a JWT', { vp_token: jwt({ vp: presentation(credential) }), presentation_submission: {} }],
    ['in a token of OpenID by what was asked for', { vp_token: { badge: [presentation(credential)] } }],
    ['as the VC API sends it', { credential }],
    ['as the VC API sends a presentation', { verifiablePresentation: presentation(credential) }],
    ['as Open Badges lists it', { credential: [credential], compactJwsString: [] }],
    ['in an export of a wallet', { credentials: [credential] }],
    ['in a graph', { '@graph': [credential] }],
    ['without a type around it', { verifiableCredential: credential }],
    ['in a text of JSON', JSON.stringify(credential)],
    ['in a presentation by its whole name', { type: 'https://www.w3.org/2018/credentials#VerifiablePresentation', verifiableCredential: credential }],
    ['in a presentation by the name of JSON-LD', { '@type': 'VerifiablePresentation', verifiableCredential: [credential] }],
    [
      'in an envelope in base64',
      { type: 'EnvelopedVerifiableCredential', id: `data:application/vc;base64,${Buffer.from(JSON.stringify(credential)).toString('base64')}` },
    ],
    [
      'in an envelope as it is',
      { type: 'EnvelopedVerifiableCredential', id: `data:application/vc,${encodeURIComponent(JSON.stringify(credential))}` },
    ],
    ['in a presentation in an envelope', envelope('EnvelopedVerifiablePresentation', jwt(presentation(credential)))],
  ])('%s', (_, document) => {
    expect(shownCredentialIn(document)).toEqual({ credential });
  });
});

describe('why there is none to look at is said', () => {
  const deep = Array.from({ length: 9 }).reduce<unknown>((inner) => presentation(inner), credential);
  it.each([
    ['of none', presentation(), 'no credential in it'],
    ['of two', presentation(credential, other), '2 credentials'],
    ['of two within one', presentation(presentation(credential, other)), '2 credentials'],
    ['of two in a list', [credential, other], '2 credentials'],
    ['of none in a list', [], 'no credential in it'],
    ['of what is no JWT', presentation('moon'), 'not read here'],
    ['of a JWT without JSON', presentation('a.b.c'), 'not read here'],
    ['in many others', deep, 'many others'],
  ])('of a presentation %s', (_, document, words) => {
    expect(shownCredentialIn(document)).toEqual({ reason: expect.stringContaining(words) });
  });
});
