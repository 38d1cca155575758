import type { AuditEntry } from '../generated/client.ts';

/** Of an attempt's story (AttemptStory of the API) what the pure parts of the console read. Instants are ISO 8601, UTC. */

export type Test = 'aptitude' | 'case_study';
export type Window = 'start' | 'aptitude' | 'offer' | 'case_study';

type Limit = {
  readonly window: Window;
  readonly openedAt: string;
  /** Before any accommodation. */
  readonly limitSeconds: number;
  readonly accommodationPercent: number;
  readonly deadline: string;
};

export type Assignment = {
  readonly id: string;
  readonly test: Test;
  readonly seat: number;
  readonly purpose: 'mark' | 'adjudicate';
  readonly state: 'open' | 'held' | 'completed' | 'void';
  readonly holder: string | null;
  readonly leaseExpiresAt: string | null;
  readonly completedAt: string | null;
  readonly reminders: readonly { readonly percent: number; readonly remindedAt: string }[];
  readonly claims: readonly {
    readonly grader: string;
    readonly claimedAt: string;
    readonly releasedAt: string | null;
    readonly releaseReason: string | null;
  }[];
  readonly marks: readonly { readonly itemId: string }[];
  readonly fileFlags: readonly { readonly reason: string; readonly settledAt: string | null }[];
};

export type Certificate = {
  readonly id: string;
  readonly edition: number;
  readonly status: 'valid' | 'suspended' | 'revoked';
  readonly issuedAt: string;
};

export type Story = {
  readonly attempt: {
    readonly id: string;
    readonly phase: string;
    readonly outcome: string | null;
    readonly limit: Limit | null;
    readonly accommodationPercent: number;
    readonly registeredAt: string;
    readonly settledAt: string | null;
    readonly serverTime: string;
    readonly grading: { readonly test: Test; readonly promisedBy: string } | null;
  };
  readonly sittings: readonly { readonly test: Test; readonly round: number; readonly startedAt: string }[];
  readonly submissions: readonly {
    readonly submissionId: string;
    readonly test: Test;
    readonly round: number;
    readonly cause: 'submitted' | 'timed_out';
    readonly submittedAt: string;
  }[];
  readonly assignments: readonly Assignment[];
  readonly assessments: readonly { readonly submissionId: string; readonly opensSecondSeat: boolean; readonly assessedAt: string }[];
  readonly decisions: readonly {
    readonly test: Test;
    readonly round: number;
    readonly passed: boolean;
    readonly percentage: string;
    readonly supersedes: string | null;
    readonly decidedAt: string;
  }[];
  readonly notices: readonly { readonly kind: string; readonly subject: string; readonly createdAt: string }[];
  readonly mails: readonly { readonly kind: string; readonly state: string; readonly createdAt: string; readonly settledAt: string | null }[];
  readonly certificates: readonly Certificate[];
  readonly audit: readonly AuditEntry[];
};
