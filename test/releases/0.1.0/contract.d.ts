export declare const activities: {
  readonly certification: {
    readonly begin: {
      readonly input: string;
      readonly result: {
        readonly facts: {
          readonly aptitudePassed: boolean;
          readonly asOf: number;
          readonly assignments: {
            readonly completed: number;
            readonly opened: number;
          };
          readonly attemptId: string;
          readonly downloadBy: number | null;
          readonly outcome: 'certified' | 'failed' | 'lapsed' | 'withdrawn' | null;
          readonly sittings: {
            readonly aptitude: {
              readonly deadline: number;
              readonly frozenAt: number | null;
              readonly round: number;
              readonly sittingId: string;
              readonly startedAt: number;
              readonly submissionId: string | null;
            } | null;
            readonly case_study: {
              readonly deadline: number;
              readonly frozenAt: number | null;
              readonly round: number;
              readonly sittingId: string;
              readonly startedAt: number;
              readonly submissionId: string | null;
            } | null;
          };
          readonly startBy: number;
        };
        readonly plan: {
          readonly aptitudeCarriedOver: boolean;
          readonly examVersion: string;
          readonly hasChoiceItems: boolean;
          readonly policy: {
            readonly adjudication: 'always' | 'when-decisive';
            readonly appealWindowSeconds: number;
            readonly aptitudeLimitSeconds: number;
            readonly caseStudyLimitSeconds: number;
            readonly leaseSeconds: {
              readonly aptitude: number;
              readonly case_study: number;
            };
            readonly marking: 'double' | 'single';
            readonly offerWindowSeconds: number;
            readonly passMark: number;
            readonly reminderPercents: readonly number[];
            readonly resultPromiseSeconds: {
              readonly aptitude: number;
              readonly case_study: number;
            };
            readonly startWindowSeconds: number;
            readonly tolerance: number;
          };
        };
      };
    };
    readonly extend: {
      readonly input: {
        readonly actionKey: string;
        readonly actor: string;
        readonly attemptId: string;
        readonly deadline: string;
        readonly reason: string;
        readonly window: 'aptitude' | 'case_study' | 'offer' | 'start';
      };
      readonly result: {
        readonly deadline: string;
      };
    };
    readonly freezeAtTimeOut: {
      readonly input: {
        readonly attemptId: string;
        readonly test: 'aptitude' | 'case_study';
      };
      readonly result: void;
    };
    readonly lapse: {
      readonly input: {
        readonly attemptId: string;
        readonly window: 'offer' | 'start';
      };
      readonly result: {
        readonly lapsed: boolean;
      };
    };
    readonly loadFacts: {
      readonly input: string;
      readonly result: {
        readonly aptitudePassed: boolean;
        readonly asOf: number;
        readonly assignments: {
          readonly completed: number;
          readonly opened: number;
        };
        readonly attemptId: string;
        readonly downloadBy: number | null;
        readonly outcome: 'certified' | 'failed' | 'lapsed' | 'withdrawn' | null;
        readonly sittings: {
          readonly aptitude: {
            readonly deadline: number;
            readonly frozenAt: number | null;
            readonly round: number;
            readonly sittingId: string;
            readonly startedAt: number;
            readonly submissionId: string | null;
          } | null;
          readonly case_study: {
            readonly deadline: number;
            readonly frozenAt: number | null;
            readonly round: number;
            readonly sittingId: string;
            readonly startedAt: number;
            readonly submissionId: string | null;
          } | null;
        };
        readonly startBy: number;
      };
    };
    readonly loadMarks: {
      readonly input: {
        readonly submissionId: string;
      };
      readonly result: readonly {
        readonly itemId: string;
        readonly millipoints: number;
        readonly seat: number;
      }[];
    };
    readonly reassign: {
      readonly input: {
        readonly actionKey: string;
        readonly actor: string;
        readonly assignmentId: string;
        readonly attemptId: string;
        readonly reason: string;
      } & {
        readonly grader?: string;
      };
      readonly result: {
        readonly assignmentId: string;
      };
    };
    readonly reopen: {
      readonly input: {
        readonly actionKey: string;
        readonly actor: string;
        readonly attemptId: string;
        readonly deadline: string;
        readonly reason: string;
        readonly test: 'aptitude' | 'case_study';
      };
      readonly result: {
        readonly deadline: string;
        readonly round: number;
      };
    };
    readonly withdraw: {
      readonly input: {
        readonly actionKey: string;
        readonly actor: string;
        readonly attemptId: string;
        readonly reason: string;
      };
      readonly result: {
        readonly outcome: 'certified' | 'failed' | 'lapsed' | 'withdrawn';
      };
    };
  };
  readonly feedback: {
    readonly composeFeedback: {
      readonly input: {
        readonly attemptId: string;
        readonly items: readonly {
          readonly basis: 'adjudicated' | 'agreed' | 'averaged' | 'blank' | 'corrected' | 'machine' | 'single';
          readonly itemId: string;
          readonly millipoints: number;
          readonly millipointsMax: number;
        }[];
        readonly round: number;
        readonly submissionId: string;
        readonly test: 'aptitude' | 'case_study';
      };
      readonly result: void;
    };
    readonly renderCertificate: {
      readonly input: {
        readonly certificateId: string;
      };
      readonly result: void;
    };
    readonly renderDocuments: {
      readonly input: {
        readonly attemptId: string;
        readonly round: number;
        readonly test: 'aptitude' | 'case_study';
      };
      readonly result: void;
    };
  };
  readonly 'grading-auto': {
    readonly gradeChoices: {
      readonly input: {
        readonly submissionId: string;
      };
      readonly result: readonly {
        readonly basis: 'adjudicated' | 'agreed' | 'averaged' | 'blank' | 'corrected' | 'machine' | 'single';
        readonly itemId: string;
        readonly millipoints: number;
        readonly millipointsMax: number;
      }[];
    };
  };
  readonly 'grading-human': {
    readonly openAssignments: {
      readonly input: {
        readonly dueAt: number;
        readonly purpose: 'adjudicate' | 'mark';
        readonly seats: readonly number[];
        readonly submissionId: string;
      } & {
        readonly itemIds?: readonly string[];
      };
      readonly result: {
        readonly blanks: readonly {
          readonly basis: 'adjudicated' | 'agreed' | 'averaged' | 'blank' | 'corrected' | 'machine' | 'single';
          readonly itemId: string;
          readonly millipoints: number;
          readonly millipointsMax: number;
        }[];
        readonly markables: readonly {
          readonly itemId: string;
          readonly millipointsMax: number;
        }[];
      };
    };
    readonly remind: {
      readonly input: {
        readonly percent: number;
        readonly submissionId: string;
      };
      readonly result: void;
    };
  };
  readonly notification: {
    readonly notifyCertificate: {
      readonly input: {
        readonly certificateId: string;
        readonly change: 'reinstated' | 'replaced' | 'revoked' | 'suspended';
        readonly correctionId: string;
      };
      readonly result: void;
    };
    readonly notifyResult: {
      readonly input: {
        readonly attemptId: string;
        readonly passed: boolean;
        readonly test: 'aptitude' | 'case_study';
      };
      readonly result: void;
    };
  };
  readonly publication: {
    readonly openCorrection: {
      readonly input: {
        readonly actionKey: string;
        readonly actor: string;
        readonly certificateId: string;
        readonly correctionId: string;
        readonly reason: string;
      };
      readonly result: {
        readonly certificateId: string;
        readonly correctionId: string;
        readonly replacedBy: string | null;
        readonly resolution: 'reinstated' | 'replaced' | 'revoked' | null;
      };
    };
    readonly publishDecision: {
      readonly input: {
        readonly attemptId: string;
        readonly items: readonly {
          readonly basis: 'adjudicated' | 'agreed' | 'averaged' | 'blank' | 'corrected' | 'machine' | 'single';
          readonly itemId: string;
          readonly millipoints: number;
          readonly millipointsMax: number;
        }[];
        readonly passed: boolean;
        readonly round: number;
        readonly score: {
          readonly millipoints: number;
          readonly millipointsMax: number;
        };
        readonly submissionId: string | null;
        readonly test: 'aptitude' | 'case_study';
      } & {
        readonly reason?: string;
      };
      readonly result: 'published' | 'reopened' | 'settled';
    };
    readonly publishNotSubmitted: {
      readonly input: {
        readonly attemptId: string;
        readonly round: number;
        readonly test: 'aptitude' | 'case_study';
      };
      readonly result: 'published' | 'reopened' | 'settled';
    };
    readonly resolveCorrection: {
      readonly input: {
        readonly actionKey: string;
        readonly actor: string;
        readonly correctionId: string;
        readonly reason: string;
        readonly resolution: 'reinstated' | 'replaced' | 'revoked';
      } & {
        readonly replacementHash?: string;
      };
      readonly result: {
        readonly certificateId: string;
        readonly correctionId: string;
        readonly replacedBy: string | null;
        readonly resolution: 'reinstated' | 'replaced' | 'revoked' | null;
      };
    };
  };
};
export declare const messages: {
  readonly certificateCorrection: {
    readonly opened: {
      readonly input: void;
      readonly result: {
        readonly certificateId: string;
        readonly correctionId: string;
        readonly replacedBy: string | null;
        readonly resolution: 'reinstated' | 'replaced' | 'revoked' | null;
      };
    };
    readonly settle: {
      readonly input: {
        readonly actor: string;
        readonly reason: string;
        readonly resolution: 'reinstated' | 'replaced' | 'revoked';
      } & {
        readonly replacementHash?: string;
      };
      readonly result: {
        readonly certificateId: string;
        readonly correctionId: string;
        readonly replacedBy: string | null;
        readonly resolution: 'reinstated' | 'replaced' | 'revoked' | null;
      };
    };
    readonly start: {
      readonly input: {
        readonly actor: string;
        readonly certificateId: string;
        readonly correctionId: string;
        readonly reason: string;
      };
      readonly result: {
        readonly resolution: 'reinstated' | 'replaced' | 'revoked';
      };
    };
  };
  readonly certificationAttempt: {
    readonly extend: {
      readonly input: {
        readonly actor: string;
        readonly deadline: string;
        readonly reason: string;
        readonly window: 'aptitude' | 'case_study' | 'offer' | 'start';
      };
      readonly result: {
        readonly deadline: string;
      };
    };
    readonly factsCommitted: {
      readonly input: void;
      readonly result: void;
    };
    readonly reassign: {
      readonly input: {
        readonly actor: string;
        readonly assignmentId: string;
        readonly reason: string;
      } & {
        readonly grader?: string;
      };
      readonly result: {
        readonly assignmentId: string;
      };
    };
    readonly reopen: {
      readonly input: {
        readonly actor: string;
        readonly deadline: string;
        readonly reason: string;
        readonly test: 'aptitude' | 'case_study';
      };
      readonly result: {
        readonly deadline: string;
        readonly round: number;
      };
    };
    readonly start: {
      readonly input: {
        readonly attemptId: string;
      };
      readonly result: {
        readonly outcome: 'certified' | 'failed' | 'lapsed' | 'withdrawn';
      };
    };
    readonly withdraw: {
      readonly input: {
        readonly actor: string;
        readonly reason: string;
      };
      readonly result: {
        readonly outcome: 'certified' | 'failed' | 'lapsed' | 'withdrawn';
      };
    };
  };
};
