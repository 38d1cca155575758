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
