/** From where the figures of a report or an export were read, and how far what was read knows the records. */
export type ReportSource = {
  /** `primary_instead`: a replica is configured, and it could not be read, or lacked what is reported. */
  readonly from: 'primary' | 'replica' | 'primary_instead';
  /** Everything that was committed by then is in it. */
  readonly asOf: Date;
  /** How far behind the records it was. */
  readonly behindSeconds: number;
};

/** Undefined where there is nothing to tell: no replica is configured. */
export function sourceWords({ from, asOf, behindSeconds }: ReportSource): string | undefined {
  switch (from) {
    case 'primary':
      return undefined;
    case 'primary_instead':
      return 'read from the primary database, since the replica could not be read, or was too far behind';
    case 'replica':
      return behindSeconds === 0
        ? `read from the replica, as of ${asOf.toISOString()}`
        : `read from the replica, which was ${behindSeconds.toLocaleString('en-US')} s behind: as of ${asOf.toISOString()}`;
  }
}

/** A report never says that it knows more than was read. */
export function knownUntil({ from, asOf }: Pick<ReportSource, 'from' | 'asOf'>, until: Date): Date {
  return from === 'replica' && asOf < until ? asOf : until;
}
