-- What is asked all day long reads what is open or new, however many attempts are over. The indexes may be there already: docs/releasing.md
-- says how they are built beforehand without holding up whoever writes.
CREATE INDEX IF NOT EXISTS "attempt_settled_at_idx" ON "attempt"("settled_at");
CREATE INDEX IF NOT EXISTS "attempt_open_idx" ON "attempt"("id") WHERE "outcome" IS NULL;
CREATE INDEX IF NOT EXISTS "upload_in_hand_idx" ON "upload"("arrived_at") WHERE "completed_at" IS NULL AND "rejected_at" IS NULL;
CREATE INDEX IF NOT EXISTS "upload_unscanned_idx" ON "upload"("completed_at") WHERE "scan_state" = 'pending';
CREATE INDEX IF NOT EXISTS "submission_upload_id_idx" ON "submission"("upload_id") WHERE "upload_id" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "decision_decided_at_idx" ON "decision"("decided_at");
CREATE INDEX IF NOT EXISTS "certificate_issued_at_idx" ON "certificate"("issued_at");
CREATE INDEX IF NOT EXISTS "idempotency_created_at_idx" ON "idempotency"("created_at");
CREATE INDEX IF NOT EXISTS "audit_entry_of_uploads_idx" ON "audit_entry"("at") WHERE "action" IN ('remove_upload', 'quarantine_upload');
-- In the order of positions, so that blocks of years are passed over by a few pages of summaries.
CREATE INDEX IF NOT EXISTS "event_time_idx" ON "event" USING BRIN ("time") WITH (autosummarize = on);

-- A grader's list by its order, in the place of an index of graders alone; and what they gave back, which a claim asks for.
CREATE INDEX IF NOT EXISTS "claim_grader_id_idx" ON "claim"("grader", "id");
DROP INDEX IF EXISTS "claim_grader_idx";
CREATE INDEX IF NOT EXISTS "claim_given_back_idx" ON "claim"("grader") WHERE "release_cause" IN ('released', 'reassigned');
CREATE INDEX IF NOT EXISTS "claim_declined_idx" ON "claim"("submission_id", "grader") WHERE "release_reason" = 'not_my_field';

-- Claims that a statement has, or that have nothing to pay: the next one looks among the others.
ALTER TABLE "claim" ADD COLUMN "pay_settled" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "claim_pay_due_idx" ON "claim"("grader") WHERE NOT "pay_settled";
CREATE FUNCTION "keep_pay_settled"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE claim SET pay_settled = true WHERE id = NEW.claim_id;
  RETURN NULL;
END $$;
CREATE TRIGGER "pay_line_settles" AFTER INSERT ON "pay_line" FOR EACH ROW WHEN (NEW."claim_id" IS NOT NULL) EXECUTE FUNCTION "keep_pay_settled"();

-- Submissions that no decision answers, kept as they arise: all of them, and perhaps some that are owed none any more.
CREATE TABLE "undecided_submission" (
    "attempt_id" UUID NOT NULL,
    "test" TEXT NOT NULL,
    "round" INTEGER NOT NULL,
    "submission_id" UUID NOT NULL,
    "submitted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "undecided_submission_pkey" PRIMARY KEY ("attempt_id","test","round")
);

CREATE FUNCTION "keep_undecided"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO undecided_submission (attempt_id, test, round, submission_id, submitted_at)
    SELECT s.attempt_id, s.test, NEW.round, NEW.id, NEW.submitted_at FROM sitting s WHERE s.id = NEW.sitting_id ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER "submission_undecided" AFTER INSERT ON "submission" FOR EACH ROW EXECUTE FUNCTION "keep_undecided"();

CREATE FUNCTION "end_undecided"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM undecided_submission WHERE attempt_id = NEW.attempt_id AND test = NEW.test AND round = NEW.grading_round;
  RETURN NULL;
END $$;
CREATE TRIGGER "decision_answers" AFTER INSERT ON "decision" FOR EACH ROW EXECUTE FUNCTION "end_undecided"();

-- What was counted of records that never change, until when: what came since is counted when somebody asks.
CREATE TABLE "tally" (
    "measure" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "part" TEXT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "tally_pkey" PRIMARY KEY ("measure","label","part")
);

CREATE TABLE "tally_until" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tally_until_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "tally_until_one_check" CHECK ("id" = 1)
);
