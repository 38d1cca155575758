import type * as now from './now.ts';
import type * as v0_1_0 from '../0.1.0/contract.d.ts';

/**
 * Builds of different age run beside each other: attempts stay on the build that they started on, while the pools that
 * serve their activities, and the API that rings them, move on. The compiler holds here that those understand each other.
 * One type a release that may still have attempts open; copy it for the next and change the version.
 */
export type Since_0_1_0 = [
  // Nothing that is called or sent by its name may vanish.
  Takes<Names<typeof v0_1_0.activities>, Names<typeof now.activities>>,
  Takes<Names<typeof v0_1_0.messages>, Names<typeof now.messages>>,
  // An old workflow calls an activity of today, and reads what comes back.
  Takes<Inputs<Remote<Today<typeof v0_1_0>['activities']>>, Inputs<Remote<typeof v0_1_0.activities>>>,
  Takes<Read<Remote<typeof v0_1_0.activities>>, Returned<Remote<Today<typeof v0_1_0>['activities']>>>,
  // Replayed or moved to today's build, its history brings results of then; those of local activities, too.
  Takes<Read<Today<typeof v0_1_0>['activities']>, Returned<typeof v0_1_0.activities>>,
  // Either may be the older: the API, or the workflow that it rings.
  Takes<Inputs<Today<typeof v0_1_0>['messages']>, Inputs<typeof v0_1_0.messages>>,
  Takes<Inputs<typeof v0_1_0.messages>, Inputs<Today<typeof v0_1_0>['messages']>>,
  Takes<Read<Today<typeof v0_1_0>['messages']>, Returned<typeof v0_1_0.messages>>,
  Takes<Read<typeof v0_1_0.messages>, Returned<Today<typeof v0_1_0>['messages']>>,
];

type Takes<Taken, Given extends Taken> = Given;

/** What the code has now of what the release had. */
type Today<Then> = {
  [Kind in keyof Then & keyof typeof now]: {
    [Part in keyof Then[Kind] & keyof (typeof now)[Kind]]: Pick<(typeof now)[Kind][Part], keyof Then[Kind][Part] & keyof (typeof now)[Kind][Part]>;
  };
};

/** The activities that another process runs. Those of `certification` are local: the workflow's own build runs them. */
type Remote<Activities> = Omit<Activities, 'certification'>;

type Names<Parts> = { [Part in keyof Parts]: { [Name in keyof Parts[Part]]: Name } };
type Inputs<Parts> = { [Part in keyof Parts]: { [Name in keyof Parts[Part]]: Field<Parts[Part][Name], 'input'> } };
type Returned<Parts> = { [Part in keyof Parts]: { [Name in keyof Parts[Part]]: Field<Parts[Part][Name], 'result', undefined> } };
/** Who expects nothing does not mind something. */
type Read<Parts> = { [Part in keyof Parts]: { [Name in keyof Parts[Part]]: Field<Parts[Part][Name], 'result', unknown> } };

type Field<Exchange, Way extends 'input' | 'result', IfNothing = void> = Exchange extends { readonly [Key in Way]: infer Value }
  ? [Value] extends [void]
    ? IfNothing
    : Value
  : never;
