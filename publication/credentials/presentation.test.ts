import { describe, expect, it } from 'vitest';
import { shownCredentialIn } from './presentation.ts';

const credential = { type: ['VerifiableCredential'], issuer: 'https://certifiable.example/issuer' };

describe('what somebody shows', () => {
  it.each([
    ['alone', credential],
    ['in a presentation', { type: ['VerifiablePresentation'], verifiableCredential: [credential], proof: {} }],
    ['in one that is not signed and has no list', { type: 'VerifiablePresentation', verifiableCredential: credential }],
  ])('is the credential, %s', (_how, document) => {
    expect(shownCredentialIn(document)).toEqual({ credential });
  });

  it.each([
    ['no credential', undefined, 'This is a presentation with no credential in it.'],
    ['an empty list', [], 'This is a presentation with no credential in it.'],
    ['two', [credential, credential], 'This is a presentation of 2 credentials. Show the certificate’s alone.'],
  ])('is named for what it is where a presentation has %s', (_what, verifiableCredential, reason) => {
    expect(shownCredentialIn({ type: ['VerifiablePresentation'], verifiableCredential })).toEqual({ reason });
  });

  it.each([[null], ['text'], [7], [[credential]], [{}]])('is taken as it is where it is no presentation: %j', (document) => {
    expect(shownCredentialIn(document)).toEqual({ credential: document });
  });
});
