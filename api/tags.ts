/** The parts of the API, in the order in which a candidate comes to them; then graders, staff, and everybody. */
export const TAGS = {
  Exams: 'What can be taken, and by which rules',
  Attempts: 'One candidate’s way through one exam version: registering, where one stands, what was handed in',
  'Aptitude test': 'Starting it, saving answers, submitting',
  'Case study': 'Downloading it, uploading a solution by tus 1.0, submitting',
  Results: 'Published decisions with their feedback, the certificate, and what one was told',
  Assignments: 'For graders: taking a submission, marking it, handing the marks in',
  Graders: 'For graders: their record, what they offer, whom they must not mark',
  Staff: 'Looking after attempts, certificates, mails and events',
  Register: 'For everybody, without a token: looking certificates up and verifying them',
} as const satisfies Readonly<Record<string, string>>;
export type Tag = keyof typeof TAGS;
