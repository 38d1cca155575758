-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "exam_version" (
    "id" UUID NOT NULL,
    "exam_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_by" TEXT NOT NULL,

    CONSTRAINT "exam_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "candidate" (
    "id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "candidate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempt" (
    "id" UUID NOT NULL,
    "candidate_id" UUID NOT NULL,
    "exam_version_id" UUID NOT NULL,
    "exam_id" TEXT NOT NULL,
    "accommodation_percent" INTEGER NOT NULL DEFAULT 100,
    "registered_at" TIMESTAMPTZ(3) NOT NULL,
    "start_by" TIMESTAMPTZ(3) NOT NULL,
    "download_by" TIMESTAMPTZ(3),
    "aptitude_decision_id" UUID,
    "outcome" TEXT,
    "outcome_reason" TEXT,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sitting" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "test" TEXT NOT NULL,
    "round" INTEGER NOT NULL DEFAULT 1,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "deadline" TIMESTAMPTZ(3) NOT NULL,
    "frozen_at" TIMESTAMPTZ(3),
    "case_study_id" TEXT,

    CONSTRAINT "sitting_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "response" (
    "sitting_id" UUID NOT NULL,
    "item_id" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "sequence" INTEGER NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "response_pkey" PRIMARY KEY ("sitting_id","item_id")
);

-- CreateTable
CREATE TABLE "upload" (
    "id" UUID NOT NULL,
    "sitting_id" UUID NOT NULL,
    "file_name" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "size_bytes" INTEGER NOT NULL,
    "declared_sha256" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "submission" (
    "id" UUID NOT NULL,
    "sitting_id" UUID NOT NULL,
    "round" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "content_hash" TEXT NOT NULL,
    "content" JSONB,
    "upload_id" UUID,
    "submitted_at" TIMESTAMPTZ(3) NOT NULL,
    "receipt" TEXT NOT NULL,

    CONSTRAINT "submission_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "assignment" (
    "id" UUID NOT NULL,
    "submission_id" UUID NOT NULL,
    "seat" INTEGER NOT NULL,
    "purpose" TEXT NOT NULL,
    "item_ids" TEXT[],
    "lease_seconds" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "holder" TEXT,
    "lease_expires_at" TIMESTAMPTZ(3),
    "fencing_token" INTEGER NOT NULL DEFAULT 0,
    "reserved_for" TEXT,
    "completed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "assignment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "claim" (
    "id" UUID NOT NULL,
    "assignment_id" UUID NOT NULL,
    "submission_id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "fencing_token" INTEGER NOT NULL,
    "claimed_at" TIMESTAMPTZ(3) NOT NULL,
    "released_at" TIMESTAMPTZ(3),
    "release_cause" TEXT,

    CONSTRAINT "claim_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "draft" (
    "assignment_id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "marks" JSONB NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "draft_pkey" PRIMARY KEY ("assignment_id","grader")
);

-- CreateTable
CREATE TABLE "mark" (
    "id" UUID NOT NULL,
    "assignment_id" UUID NOT NULL,
    "submission_id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "item_id" TEXT NOT NULL,
    "millipoints" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "mark_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "decision" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "test" TEXT NOT NULL,
    "grading_round" INTEGER NOT NULL,
    "submission_id" UUID,
    "passed" BOOLEAN NOT NULL,
    "millipoints" INTEGER NOT NULL,
    "millipoints_max" INTEGER NOT NULL,
    "basis_points" INTEGER NOT NULL,
    "items" JSONB NOT NULL,
    "supersedes_id" UUID,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feedback" (
    "attempt_id" UUID NOT NULL,
    "test" TEXT NOT NULL,
    "grading_round" INTEGER NOT NULL,
    "entries" JSONB NOT NULL,
    "composed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "feedback_pkey" PRIMARY KEY ("attempt_id","test","grading_round")
);

-- CreateTable
CREATE TABLE "certificate" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "candidate_id" UUID NOT NULL,
    "exam_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "basis_points" INTEGER NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "certificate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notice" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notice_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "fact" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "delivered_at" TIMESTAMPTZ(3),
    "consumed_at" TIMESTAMPTZ(3),
    "voided_at" TIMESTAMPTZ(3),
    "void_reason" TEXT,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "next_try_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency" (
    "actor" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "response" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_pkey" PRIMARY KEY ("actor","operation","key")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" UUID NOT NULL,
    "action_key" TEXT NOT NULL,
    "attempt_id" UUID NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "exam_version_exam_id_version_key" ON "exam_version"("exam_id", "version");

-- CreateIndex
CREATE UNIQUE INDEX "candidate_subject_key" ON "candidate"("subject");

-- CreateIndex
CREATE INDEX "attempt_candidate_id_exam_id_idx" ON "attempt"("candidate_id", "exam_id");

-- CreateIndex
CREATE UNIQUE INDEX "sitting_attempt_id_test_key" ON "sitting"("attempt_id", "test");

-- CreateIndex
CREATE INDEX "upload_sitting_id_completed_at_idx" ON "upload"("sitting_id", "completed_at");

-- CreateIndex
CREATE UNIQUE INDEX "submission_sitting_id_round_key" ON "submission"("sitting_id", "round");

-- CreateIndex
CREATE INDEX "assignment_state_due_at_idx" ON "assignment"("state", "due_at");

-- CreateIndex
CREATE UNIQUE INDEX "assignment_submission_id_seat_key" ON "assignment"("submission_id", "seat");

-- CreateIndex
CREATE INDEX "claim_grader_idx" ON "claim"("grader");

-- CreateIndex
CREATE UNIQUE INDEX "claim_assignment_id_fencing_token_key" ON "claim"("assignment_id", "fencing_token");

-- CreateIndex
CREATE UNIQUE INDEX "mark_submission_id_grader_item_id_key" ON "mark"("submission_id", "grader", "item_id");

-- CreateIndex
CREATE UNIQUE INDEX "mark_assignment_id_item_id_key" ON "mark"("assignment_id", "item_id");

-- CreateIndex
CREATE UNIQUE INDEX "decision_attempt_id_test_grading_round_key" ON "decision"("attempt_id", "test", "grading_round");

-- CreateIndex
CREATE UNIQUE INDEX "certificate_attempt_id_key" ON "certificate"("attempt_id");

-- CreateIndex
CREATE UNIQUE INDEX "notice_attempt_id_kind_key" ON "notice"("attempt_id", "kind");

-- CreateIndex
CREATE UNIQUE INDEX "audit_entry_action_key_key" ON "audit_entry"("action_key");

-- CreateIndex
CREATE INDEX "audit_entry_attempt_id_idx" ON "audit_entry"("attempt_id");

-- CreateTable
CREATE TABLE "reminder" (
    "assignment_id" UUID NOT NULL,
    "percent" INTEGER NOT NULL,
    "reminded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reminder_pkey" PRIMARY KEY ("assignment_id","percent")
);

-- AddForeignKey
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_candidate_id_fkey" FOREIGN KEY ("candidate_id") REFERENCES "candidate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_exam_version_id_fkey" FOREIGN KEY ("exam_version_id") REFERENCES "exam_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sitting" ADD CONSTRAINT "sitting_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "response" ADD CONSTRAINT "response_sitting_id_fkey" FOREIGN KEY ("sitting_id") REFERENCES "sitting"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "upload" ADD CONSTRAINT "upload_sitting_id_fkey" FOREIGN KEY ("sitting_id") REFERENCES "sitting"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "submission" ADD CONSTRAINT "submission_sitting_id_fkey" FOREIGN KEY ("sitting_id") REFERENCES "sitting"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "assignment" ADD CONSTRAINT "assignment_submission_id_fkey" FOREIGN KEY ("submission_id") REFERENCES "submission"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "claim" ADD CONSTRAINT "claim_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "draft" ADD CONSTRAINT "draft_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mark" ADD CONSTRAINT "mark_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "decision" ADD CONSTRAINT "decision_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "decision" ADD CONSTRAINT "decision_submission_id_fkey" FOREIGN KEY ("submission_id") REFERENCES "submission"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "certificate" ADD CONSTRAINT "certificate_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notice" ADD CONSTRAINT "notice_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reminder" ADD CONSTRAINT "reminder_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------------

-- One open attempt and one valid certificate a candidate and exam (design, section 3).
CREATE UNIQUE INDEX "attempt_open_key" ON "attempt" ("candidate_id", "exam_id") WHERE "outcome" IS NULL;
CREATE UNIQUE INDEX "certificate_valid_key" ON "certificate" ("candidate_id", "exam_id") WHERE "revoked_at" IS NULL;

-- Nobody holds or has marked two assignments of one submission (design, section 8).
CREATE UNIQUE INDEX "claim_unreleased_key" ON "claim" ("submission_id", "grader") WHERE "released_at" IS NULL;

-- What graders, the relay and the sweep look for, and nothing else.
CREATE INDEX "assignment_open_idx" ON "assignment" ("due_at") WHERE "state" = 'open';
CREATE INDEX "assignment_holder_idx" ON "assignment" ("holder") WHERE "state" = 'open' AND "holder" IS NOT NULL;
CREATE INDEX "delivery_pending_idx" ON "delivery" ("next_try_at") WHERE "delivered_at" IS NULL AND "voided_at" IS NULL;
CREATE INDEX "delivery_unconsumed_idx" ON "delivery" ("attempt_id") WHERE "consumed_at" IS NULL AND "voided_at" IS NULL;
CREATE INDEX "sitting_open_deadline_idx" ON "sitting" ("deadline") WHERE "frozen_at" IS NULL;

-- The columns of a closed vocabulary.
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_outcome_check" CHECK ("outcome" IN ('certified', 'failed', 'lapsed', 'withdrawn'));
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_settled_check" CHECK (("outcome" IS NULL) = ("settled_at" IS NULL));
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_accommodation_check" CHECK ("accommodation_percent" BETWEEN 100 AND 1000);
ALTER TABLE "sitting" ADD CONSTRAINT "sitting_test_check" CHECK ("test" IN ('aptitude', 'case_study'));
ALTER TABLE "submission" ADD CONSTRAINT "submission_cause_check" CHECK ("cause" IN ('submitted', 'timed_out'));
ALTER TABLE "assignment" ADD CONSTRAINT "assignment_state_check" CHECK ("state" IN ('open', 'completed', 'void'));
ALTER TABLE "assignment" ADD CONSTRAINT "assignment_purpose_check" CHECK ("purpose" IN ('mark', 'adjudicate'));
ALTER TABLE "mark" ADD CONSTRAINT "mark_points_check" CHECK ("millipoints" >= 0 AND "millipoints" % 10 = 0);
ALTER TABLE "decision" ADD CONSTRAINT "decision_points_check" CHECK ("millipoints" BETWEEN 0 AND "millipoints_max");

-- Append-only records and published versions: the database itself refuses to change them.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER "exam_version_append_only" BEFORE UPDATE OR DELETE ON "exam_version" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "submission_append_only" BEFORE UPDATE OR DELETE ON "submission" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "mark_append_only" BEFORE UPDATE OR DELETE ON "mark" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "decision_append_only" BEFORE UPDATE OR DELETE ON "decision" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_entry_append_only" BEFORE UPDATE OR DELETE ON "audit_entry" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
