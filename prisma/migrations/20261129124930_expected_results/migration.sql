-- When a candidate is told that their result is expected: with the submission, and again once that date is past.
CREATE TABLE "result_expectation" (
    "submission_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "expected_by" TIMESTAMPTZ(3),
    "basis" JSONB NOT NULL,
    "told_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "result_expectation_pkey" PRIMARY KEY ("submission_id", "number"),
    CONSTRAINT "result_expectation_number_check" CHECK ("number" >= 1)
);

-- AddForeignKey
ALTER TABLE "result_expectation" ADD CONSTRAINT "result_expectation_submission_id_fkey" FOREIGN KEY ("submission_id") REFERENCES "submission"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TRIGGER "result_expectation_append_only" BEFORE UPDATE OR DELETE ON "result_expectation" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- What those who mark have before them, by exam, language of the answers ('' where the exam names none) and test. Counted anew every minute.
CREATE TABLE "marking_outlook" (
    "exam_id" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "test" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "under_grading" INTEGER NOT NULL,
    "counted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "marking_outlook_pkey" PRIMARY KEY ("exam_id", "language", "test")
);
