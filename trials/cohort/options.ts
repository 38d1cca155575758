import { parseArgs } from 'node:util';
import { COHORT_MARKINGS, type CohortPolicy } from './exam.ts';

export const COHORT_USAGE = `Usage: npm run cohort -- DIR [options]

Plays the candidates of DIR (exam.json, candidates.jsonl) and their graders through the REST API, all at once, and compares
what comes out with DIR/expected-when-decisive.csv, DIR/expected-always.csv or DIR/expected-single.csv. The folder is checked
before anything is started.

  --marking double|single|risk          twice and independently (default), once, or a second time where it may turn the decision:
                                        then it is told who was marked twice and why, what that costs beside double, and which
                                        decisions differ from those of double
  --train FILE                          with --marking risk: scripts that two graders marked, in the form of docs/marking.md, to fit
                                        the marking model on. Without it there is none, and risk marks everything twice
  --adjudicate when-decisive|always     when disputed marks go to a designated grader (default: when-decisive)
  --shuffle SEED                        in an order drawn from SEED, with small pauses
  --write-expectation                   write what comes out as what is expected, where there is no such file yet
  --json                                one JSON document on standard output, and all else on standard error
  --appeals                             then everybody who failed appeals, and what comes of it is compared with what comes of it by
                                        hand; the last line is JSON. With --chaos, the same breaks once more meanwhile
  --codec                               what Temporal keeps is encrypted
  --chaos                               kill every worker pool and stop Temporal for 30 s in the middle
  --api URL                             the API of the stack that "npm start" runs; without it, one is started for this alone
  --issuer URL                          with --api: the local issuer whose tokens that API takes, where "npm start" does not run it`;

export type CohortOptions = {
  readonly directory: string;
  readonly policy: CohortPolicy;
  /** Marked scripts that the marking model is fitted on. */
  readonly trainFile: string | undefined;
  readonly seed: string | undefined;
  readonly writeExpectation: boolean;
  readonly json: boolean;
  readonly chaos: boolean;
  readonly codec: boolean;
  readonly appeals: boolean;
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
      train: { type: 'string' },
      adjudicate: { type: 'string', default: 'when-decisive' },
      shuffle: { type: 'string' },
      'write-expectation': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      chaos: { type: 'boolean', default: false },
      codec: { type: 'boolean', default: false },
      appeals: { type: 'boolean', default: false },
      api: { type: 'string' },
      issuer: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const [directory, ...rest] = positionals;
  if (directory === undefined || rest.length > 0) throw new Error('name one folder');
  const { train: trainFile, adjudicate: adjudication, 'write-expectation': writeExpectation, json, chaos, codec, appeals, api, issuer } = values;
  const marking = COHORT_MARKINGS.find((one) => one === values.marking);
  if (!marking) throw new Error('--marking must be "double", "single" or "risk"');
  if (trainFile !== undefined && marking !== 'risk') throw new Error('--train goes with --marking risk');
  if (trainFile !== undefined && api !== undefined)
    throw new Error('--train needs a stack of its own: leave --api out, or activate a model there (certifiable marking-model)');
  if (writeExpectation && marking === 'risk')
    throw new Error('--write-expectation: by risk nothing is expected but what marking twice gives; write that with --marking double');
  if (adjudication !== 'when-decisive' && adjudication !== 'always') throw new Error('--adjudicate must be "when-decisive" or "always"');
  if (appeals && marking === 'risk') throw new Error('--appeals goes with --marking double or single: by risk nobody knows beforehand who fails');
  if (chaos && api !== undefined) throw new Error('--chaos needs a stack of its own: leave --api out');
  if (codec && api !== undefined) throw new Error('--codec needs a stack of its own: leave --api out');
  if (api !== undefined && !URL.canParse(api)) throw new Error('--api must be a URL, such as http://127.0.0.1:8080');
  if (issuer !== undefined && (api === undefined || !URL.canParse(issuer))) throw new Error('--issuer must be a URL, and goes with --api');
  const policy: CohortPolicy = {
    marking,
    ...(trainFile === undefined ? {} : { risk: { newGraderScripts: 0 } }),
    adjudication,
    ...(appeals && { appealWindow: 'P14D' }),
  };
  return { directory, policy, trainFile, seed: values.shuffle, writeExpectation, json, chaos, codec, appeals, apiUrl: api, issuerUrl: issuer };
}
