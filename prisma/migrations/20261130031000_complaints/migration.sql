-- What a candidate complains of that is no appeal: how somebody behaved, what did not work. Answered once; it is on the way of no decision.
CREATE TABLE "complaint" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "about" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "filed_at" TIMESTAMPTZ(3) NOT NULL,
    "answer" TEXT,
    "answered_by" TEXT,
    "answered_at" TIMESTAMPTZ(3),

    CONSTRAINT "complaint_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "complaint_about_check" CHECK ("about" IN ('behaviour', 'system', 'other')),
    CONSTRAINT "complaint_answered_check" CHECK (num_nonnulls("answer", "answered_by", "answered_at") IN (0, 3))
);
-- The same is said once.
CREATE UNIQUE INDEX "complaint_said_key" ON "complaint"("attempt_id", "about", md5("text"));
-- What waits for an answer.
CREATE INDEX "complaint_open_idx" ON "complaint"("id") WHERE "answered_at" IS NULL;
ALTER TABLE "complaint" ADD CONSTRAINT "complaint_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TRIGGER "complaint_stays" BEFORE UPDATE OF "id", "attempt_id", "about", "text", "filed_at" OR DELETE ON "complaint" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "complaint_answered_once" BEFORE UPDATE ON "complaint" FOR EACH ROW WHEN (OLD."answered_at" IS NOT NULL) EXECUTE FUNCTION "refuse_change"();

-- The fee of an appeal that was right was paid back, elsewhere.
CREATE TABLE "appeal_refund" (
    "appeal_id" UUID NOT NULL,
    "reference" TEXT NOT NULL,
    "refunded_by" TEXT NOT NULL,
    "refunded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "appeal_refund_pkey" PRIMARY KEY ("appeal_id")
);
ALTER TABLE "appeal_refund" ADD CONSTRAINT "appeal_refund_appeal_id_fkey" FOREIGN KEY ("appeal_id") REFERENCES "appeal"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TRIGGER "appeal_refund_stays" BEFORE UPDATE OR DELETE ON "appeal_refund" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
-- What is to be paid back, or was.
CREATE INDEX "appeal_fee_idx" ON "appeal"("id") WHERE "fee_reference" IS NOT NULL AND "state" IN ('upheld', 'partly');
