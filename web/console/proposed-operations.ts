/** What takes two persons, at times or always; each has its words in the texts. */
export const PROPOSED_OPERATIONS = [
  'suspendCertificate',
  'settleCorrection',
  'endAttempt',
  'reopenTest',
  'recordAccommodation',
  'confirmClaimedAct',
  'orderErasure',
  'setRetentionPeriod',
] as const;
