import { describe, expect, it } from 'vitest';
import { readCohortOptions } from './options.ts';

const api = 'http://127.0.0.1:8080';
const issuer = 'http://127.0.0.1:9400';

describe('a cohort on servers that run', () => {
  it('takes its tokens from the issuer that is named, or else from that of `npm start`', () => {
    expect(readCohortOptions(['folder', '--api', api, '--issuer', issuer])).toMatchObject({ apiUrl: api, issuerUrl: issuer });
    expect(readCohortOptions(['folder', '--api', api])).toMatchObject({ apiUrl: api, issuerUrl: undefined });
  });

  it.each([[['--issuer', issuer]], [['--api', api, '--issuer', 'nowhere']]])('refuses %j: an issuer is a URL and of an API', (args) => {
    expect(() => readCohortOptions(['folder', ...args])).toThrow(/^--issuer must be a URL, and goes with --api$/);
  });
});
