import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What staff filter attempts by. Never personal data: search attributes are not encrypted. */
export const CertPhase = defineSearchAttributeKey('CertPhase', SearchAttributeType.KEYWORD);
export const CertExamVersion = defineSearchAttributeKey('CertExamVersion', SearchAttributeType.KEYWORD);
/** Until when the attempt waits: the candidate's deadline, or the promised result. */
export const CertDueAt = defineSearchAttributeKey('CertDueAt', SearchAttributeType.DATETIME);
export const CertNeedsAttention = defineSearchAttributeKey('CertNeedsAttention', SearchAttributeType.BOOL);
export const CertOutcome = defineSearchAttributeKey('CertOutcome', SearchAttributeType.KEYWORD);

/** What became of the newest appeal, or "open"; attempts that were not appealed have none. */
export const CertAppeal = defineSearchAttributeKey('CertAppeal', SearchAttributeType.KEYWORD);

export const SEARCH_ATTRIBUTE_KEYS = [CertPhase, CertExamVersion, CertDueAt, CertNeedsAttention, CertOutcome, CertAppeal] as const;
