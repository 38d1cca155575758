import { parseArgs } from 'node:util';
import type { CohortPolicy } from './exam.ts';

export const COHORT_USAGE = `Usage: npm run cohort -- DIR [options]

Plays the candidates of DIR (exam.json, candidates.jsonl) and their graders through the REST API, all at once, and compares
what comes out with DIR/expected-when-decisive.csv, DIR/expected-always.csv or DIR/expected-single.csv. The folder is checked
before anything is started.

  --marking double|single               twice and independently (default), or once
  --adjudicate when-decisive|always     when disputed marks go to a designated grader (default: when-decisive)
  --shuffle SEED                        in an order drawn from SEED, with small pauses
  --write-expectation                   write what comes out as what is expected, where there is no such file yet
  --json                                one JSON document on standard output, and all else on standard error
  --chaos                               kill every worker pool and stop Temporal for 30 s in the middle
  --api URL                             the API of the stack that "npm start" runs; without it, one is started for this alone
  --issuer URL                          with --api: the local issuer whose tokens that API takes, where "npm start" does not run it`;

export type CohortOptions = {
  readonly directory: string;
  readonly policy: CohortPolicy;
  readonly seed: string | undefined;
  readonly writeExpectation: boolean;
  readonly json: boolean;
  readonly chaos: boolean;
  readonly apiUrl: string | undefined;
  readonly issuerUrl: string | undefined;
};

/** Undefined for --help. Throws an Error that says what was not understood. */
export function readCohortOptions(args: readonly string[]): CohortOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      marking: { type: 'string', default: 'double' },
      adjudicate: { type: 'string', default: 'when-decisive' },
      shuffle: { type: 'string' },
      'write-expectation': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      chaos: { type: 'boolean', default: false },
      api: { type: 'string' },
      issuer: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const [directory, ...rest] = positionals;
  if (directory === undefined || rest.length > 0) throw new Error('name one folder');
  const { marking, adjudicate: adjudication, 'write-expectation': writeExpectation, json, chaos, api, issuer } = values;
  if (marking !== 'single' && marking !== 'double') throw new Error('--marking must be "double" or "single"');
  if (adjudication !== 'when-decisive' && adjudication !== 'always') throw new Error('--adjudicate must be "when-decisive" or "always"');
  if (chaos && api !== undefined) throw new Error('--chaos needs a stack of its own: leave --api out');
  if (api !== undefined && !URL.canParse(api)) throw new Error('--api must be a URL, such as http://127.0.0.1:8080');
  if (issuer !== undefined && (api === undefined || !URL.canParse(issuer))) throw new Error('--issuer must be a URL, and goes with --api');
  return { directory, policy: { marking, adjudication }, seed: values.shuffle, writeExpectation, json, chaos, apiUrl: api, issuerUrl: issuer };
}
