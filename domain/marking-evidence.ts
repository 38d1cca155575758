import { TooFewMarks, type MarkedScript } from './marking-fit.ts';
import { judge, RANKINGS, wrongAtShare, type Judged } from './marking-plan.ts';
import { machineCheckHelps } from './marking-policies.ts';
import type { BasisPoints } from './score.ts';

/** How a model judged tests that it was not fitted on. */
export type MarkingModelEvidence = {
  readonly decisions: number;
  /** Of decisions with 30 % marked twice, those that both marks would have turned. */
  readonly wrongShare: number;
  readonly wrongShareWithMachineCheck: number;
  readonly machineCheckHelps: boolean;
};

/** What the evidence is told for. */
const SHARE = 0.3;
const PASS_MARK: BasisPoints = 8000;

/** Null where it cannot be judged: all marks are of one test, or the others are too few without one of them. */
export function evidenceOf(scripts: readonly MarkedScript[]): MarkingModelEvidence | null {
  try {
    return evidenceFrom(judge(scripts, { passMark: PASS_MARK }));
  } catch (error) {
    if (error instanceof TooFewMarks) return null;
    throw error;
  }
}

function evidenceFrom(judged: readonly Judged[]): MarkingModelEvidence {
  const wrongShare = (rank: keyof typeof RANKINGS) => wrongAtShare(judged, SHARE, RANKINGS[rank]) / judged.length;
  return {
    decisions: judged.length,
    wrongShare: wrongShare('risk'),
    wrongShareWithMachineCheck: wrongShare('risk+machine'),
    machineCheckHelps: machineCheckHelps(judged),
  };
}

/** For people: what is known of how well a model judges. */
export function evidenceWords(evidence: MarkingModelEvidence | null): readonly string[] {
  if (!evidence) return ['it could not be judged: there are too few marks of other tests'];
  const { decisions, wrongShare, wrongShareWithMachineCheck, machineCheckHelps: helps } = evidence;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `judged on tests that it was not fitted on, ${decisions.toLocaleString('en-US')} decisions, 30 % marked twice: ${percent(wrongShare)} wrong, ` +
      `${percent(wrongShareWithMachineCheck)} with the machine check, which ${helps ? 'helps' : 'does not help'}`,
  ];
}
