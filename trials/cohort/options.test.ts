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

describe('a cohort by risk', () => {
  it('takes a file to fit a model on, whose graders are not those who are played: nobody is new', () => {
    expect(readCohortOptions(['folder', '--marking', 'risk', '--train', 'marks.jsonl'])).toMatchObject({
      policy: { marking: 'risk', risk: { newGraderScripts: 0 } },
      trainFile: 'marks.jsonl',
    });
    expect(readCohortOptions(['folder', '--marking', 'risk'])?.policy).toEqual({ marking: 'risk', adjudication: 'when-decisive' });
  });

  it.each([
    [['--train', 'marks.jsonl'], '--train goes with --marking risk'],
    [['--marking', 'risk', '--train', 'marks.jsonl', '--api', api], '--train needs a stack of its own'],
    [['--marking', 'risk', '--write-expectation'], '--write-expectation: by risk nothing is expected but what marking twice gives'],
    [['--marking', 'triple'], '--marking must be "double", "single" or "risk"'],
  ])('refuses %j', (args, problem) => {
    expect(() => readCohortOptions(['folder', ...args])).toThrow(problem);
  });
});
