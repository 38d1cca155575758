/**
 * How many persons it takes (design, *Separation of duties*; docs/decisions/0023). What changes an outcome, a certificate, a key or a deadline already
 * past takes two. Whom an act may be done to is another question: api/separation-of-duties.ts.
 */
const DUTIES = [
  /** One person of the role does it, and the audit says who and why. */
  'one',
  /** Asked for, it is proposed; done, exactly so, once another person has confirmed it. */
  'two',
  /** As above where what it changes is past already or was nobody's word before, which the operation itself tells (api/two-persons.ts). */
  'two_at_times',
  /** Begins what another person must bring to its end, by an operation of its own. */
  'first',
  /** Ends what somebody else began; refused to the first under any account. */
  'second',
  /** Undoes or looks at what waits, and changes nothing else: whoever began it may, too. */
  'undo',
  /** One person where the operator's setting says so, else nobody: by two, in another way. */
  'by_setting',
  /** Not by this way. */
  'nobody',
] as const;
export type Duty = (typeof DUTIES)[number];

type Rows = Readonly<Record<string, Duty>>;

/** Every operation of the API by which those who act for us change anything, by its name. One without a row is refused to everybody. */
export const OPERATION_DUTIES: Rows = {
  // Outcomes and certificates.
  suspendCertificate: 'two',
  settleCorrection: 'two',
  endAttempt: 'two',
  reopenTest: 'two',
  openRegrade: 'first',
  previewRegrade: 'undo',
  applyRegrade: 'second',
  cancelRegrade: 'undo',

  // Keys: of exams. Those that sign certificates no operation changes.
  publishExam: 'by_setting', // EXAM_PUBLICATION
  proposeExam: 'first',
  publishExamProposal: 'second',
  withdrawExamProposal: 'undo',
  retireExamVersion: 'one', // ends no attempt
  proposeSeed: 'first',
  confirmSeed: 'second',
  endSeed: 'one',

  // What a pass mark might be: a panel proposes, and changes no exam.
  openPanel: 'one',
  openRound: 'one',
  closeRound: 'one',
  addPanelist: 'one',
  endPanelist: 'one',
  closePanel: 'one',
  rateItem: 'one',

  // Deadlines: one that is past moves by a reopening alone, and these refuse it.
  extendDeadline: 'one',
  correctDeadline: 'one',
  scaleAttempt: 'one', // from now on
  recordAccommodation: 'two_at_times',
  endAccommodation: 'one',

  // Who marks. They mark blind and may not mark whom they know, whoever gave them the work: none of it decides anything by itself.
  reassignAssignment: 'one',
  dismissFileFlags: 'one',
  expectCandidate: 'one',
  expectGrader: 'one',
  updateGrader: 'one',
  grantQualification: 'one',
  recordConflict: 'one',
  endConflict: 'one',
  settleDrift: 'one',

  // What was typed in the Temporal UI: nobody knows by whom, so whoever confirms it may be the first.
  confirmClaimedAct: 'two_at_times',
  dismissClaimedAct: 'undo',

  // The second person's own.
  confirmProposedAct: 'second',
  refuseProposedAct: 'second',
  withdrawProposedAct: 'undo',
  breakGlass: 'one', // at once and loudly: that is what it is for
  reviewBrokenGlass: 'second',
  declareAcquaintance: 'one',
  endAcquaintance: 'second',

  // Personal data: what is erased comes back for nobody.
  orderErasure: 'two',
  setRetentionPeriod: 'two',
  declineErasure: 'one', // changes no record
  placeHold: 'one', // stops an erasure, and changes nothing else
  releaseHold: 'one', // erases nothing by itself

  // Complaints and fees: no mark and no result depends on them.
  answerComplaint: 'one',
  recordAppealRefund: 'one',

  // Pay, comments, mails and other systems.
  issuePayStatement: 'one',
  correctPay: 'one',
  addPayRate: 'one',
  addExamComment: 'one',
  retireComment: 'one',
  resendMail: 'one',
  retryEvent: 'one',
  replayEvents: 'one',
  createWebhook: 'one',
  rotateWebhookSecret: 'one',
  deleteWebhook: 'one',
};

/**
 * Every command of `certifiable`. Whoever types one has the password of the database, and could do more without it: what holds them are the roles of
 * the database, and what finds them is the audit. None changes a decision or a certificate that is there.
 * A key that signs is signed off with a root key that is on no machine of ours, and holds once whoever runs the installation has put that into its configuration.
 */
export const COMMAND_DUTIES: Rows = {
  'exam publish': 'by_setting', // asks the API, as publishExam
  'exam replace-sample-secret': 'one',
  'import certificates': 'one', // of another system, never over one of ours
  'register rebuild': 'one',
  'events retry': 'one',
  'events replay': 'one',
  'events remove': 'one',
  'records reconcile': 'one', // begins the workflow that the records ask for
  'attempts outage-credit': 'one', // never of a deadline that is past
  'attempts move': 'one',
  'database roles': 'one', // prints what an administrator makes
  'database reseal': 'one',
  'keys root': 'one',
  'keys sign-off': 'first',
  'privacy erase': 'first', // asks the API, as orderErasure
  'privacy keep': 'first', // asks the API, as setRetentionPeriod
  'privacy hold': 'one', // asks the API, as placeHold and releaseHold
  'privacy reapply': 'one', // what was ordered before, by its signature
  'privacy export': 'one', // reads, and is audited
  'export research': 'one', // reads, and is audited
  'marking-model fit': 'one',
  'marking-model activate': 'one', // says who is marked twice, and makes no points
  'deployment promote': 'one',
  'deployment ramp': 'one',
  'deployment end-ramp': 'one',
};

/** Every message that a workflow takes, as anybody may type it in the Temporal UI (docs/decisions/0017). Typed, it is at most the first person's word. */
export const MESSAGE_DUTIES: Rows = {
  extend: 'first',
  withdraw: 'first',
  reopen: 'first',
  settle: 'first',
  reassign: 'first', // to a named grader; back to the pool is done
  /** By starting its workflow. */
  suspend: 'nobody',
  // Doorbells, which say no more than "look".
  factsCommitted: 'one',
  opened: 'one',
  claimSettled: 'one',
};

/** What an act of two persons changes, for whoever confirms it. */
export const EFFECTS = [
  'certificate_status',
  'certificate_name',
  'certificate_score',
  'attempt_outcome',
  'deadline',
  'accommodation_percent',
  'accommodation_from',
  'typed_act',
  'personal_data',
  'retention_days',
] as const;
export type Effect = (typeof EFFECTS)[number];
