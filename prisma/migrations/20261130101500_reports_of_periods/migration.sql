-- Reports of a period beside those of an exam version: each is of one or the other, and of one period and kind there is one.

ALTER TABLE "report" ALTER COLUMN "exam_version_id" DROP NOT NULL;
ALTER TABLE "report" ADD COLUMN "since" TIMESTAMPTZ(3);
ALTER TABLE "report" DROP CONSTRAINT "report_kind_check";
ALTER TABLE "report" ADD CONSTRAINT "report_kind_check" CHECK ("kind" IN ('items', 'operations', 'money', 'marking-quality', 'funnel'));
ALTER TABLE "report" ADD CONSTRAINT "report_scope_check" CHECK (("exam_version_id" IS NULL) <> ("since" IS NULL));
ALTER TABLE "report" ADD CONSTRAINT "report_period_check" CHECK ("since" < "until");

CREATE UNIQUE INDEX "report_period_key" ON "report"("kind", "occasion") WHERE "exam_version_id" IS NULL;
