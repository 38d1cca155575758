-- Reports: what the numbers said about an exam version until an instant. A report never changes; the next one stands beside it.

-- CreateTable
CREATE TABLE "report" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "exam_version_id" UUID NOT NULL,
    "occasion" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "method" INTEGER NOT NULL,
    "candidates" INTEGER NOT NULL,
    "content" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "made_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "report_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "report_kind_check" CHECK ("kind" IN ('items'))
);

-- CreateIndex
CREATE UNIQUE INDEX "report_kind_exam_version_id_occasion_key" ON "report"("kind", "exam_version_id", "occasion");

-- AddForeignKey
ALTER TABLE "report" ADD CONSTRAINT "report_exam_version_id_fkey" FOREIGN KEY ("exam_version_id") REFERENCES "exam_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TRIGGER "report_append_only" BEFORE UPDATE OR DELETE ON "report" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
