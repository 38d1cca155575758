import { describe, expect, it } from 'vitest';
import { readApiConfig } from './config.ts';

const environment = {
  DATABASE_URL: 'postgresql://api@db.example.org/certifiable',
  RECEIPT_KEYS: '{}',
  ISSUER_KEYS: 'a.b.c',
  ISSUER_ROOTS: 'r-oFaN_exaMplE-oF-a-thumbprint-0f-43-signs0',
  OIDC_AUDIENCE: 'certifiable',
  STORAGE: 'file',
};
const withIssuer = (OIDC_ISSUER: string) => () => readApiConfig({ ...environment, UPLOAD_DIRECTORY: '/tmp', OIDC_ISSUER });

describe('the issuer of tokens', () => {
  it.each(['https://login.example.org/realms/exams', 'http://127.0.0.1:9400', 'http://localhost:9400'])('may be %s', (issuer) => {
    expect(withIssuer(issuer)).not.toThrow();
  });

  it.each(['http://login.example.org', 'http://issuer:9400', 'http://10.0.0.7', 'https://me:secret@login.example.org', 'file:///etc/issuer'])(
    'may not be %s: whoever is on the way could make tokens',
    (issuer) => {
      expect(withIssuer(issuer)).toThrow(/OIDC_ISSUER/);
    },
  );
});
