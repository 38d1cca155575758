/** How far an erasure has come (docs/decisions/0027). */
export const ERASURE_STATES = ['asked', 'ordered', 'done', 'declined', 'withdrawn'] as const;
export type ErasureState = (typeof ERASURE_STATES)[number];

/** What stands where something personal was. */
export const ERASED = '[erased]';

/** Of what belongs to somebody, how long it is kept whatever they ask for, and whether the register goes on to say their name. */
export type ErasurePolicy = {
  /** Nothing is erased before so many days after the last attempt ended. */
  readonly afterDays: number;
  /** `asked`: as whoever asks for it says. */
  readonly register: 'asked' | 'kept' | 'erased';
};

/** Whether the register, and with it the certificate, keeps the name. */
export function keepsRegister({ register }: Pick<ErasurePolicy, 'register'>, asked: boolean): boolean {
  return register === 'asked' ? asked : register === 'kept';
}

/** Of the package that somebody gets of what is kept about them; docs/privacy.md describes it. */
export const PERSONAL_DATA_FORMAT = 'certifiable-personal-data/1';

/** What is kept about somebody and is not in that package, and why. */
export const WITHHELD = [
  'who marked you, who of staff acted, and whom they said that they know: it is about them as well',
  'marks while your test is being marked or appealed: they are told with the result',
  'the keys of exams, and scripts that are handed out to graders again to see how they mark: others are examined by them',
  'what was proposed about you and not done, and holds: an examination would come to nothing if it were announced',
] as const;
