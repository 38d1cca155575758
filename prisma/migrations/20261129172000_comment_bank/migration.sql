-- Remarks that graders of an item have at hand, and into which scripts' reasons they were taken.

-- CreateTable
CREATE TABLE "marking_comment" (
    "id" UUID NOT NULL,
    "exam_id" TEXT NOT NULL,
    "test" TEXT NOT NULL,
    "case_study_id" TEXT NOT NULL,
    "item_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "millipoints" INTEGER,
    "owner" TEXT,
    "written_by" TEXT NOT NULL,
    "written_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_by" TEXT,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "marking_comment_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "marking_comment_millipoints_check" CHECK ("millipoints" >= 0),
    CONSTRAINT "marking_comment_retired_check" CHECK (("retired_by" IS NULL) = ("retired_at" IS NULL))
);

-- CreateTable
CREATE TABLE "marking_comment_use" (
    "comment_id" UUID NOT NULL,
    "assignment_id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "used_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "marking_comment_use_pkey" PRIMARY KEY ("comment_id","assignment_id")
);

-- CreateIndex
CREATE INDEX "marking_comment_exam_id_test_case_study_id_item_id_idx" ON "marking_comment"("exam_id", "test", "case_study_id", "item_id");

-- The same remark stands once, for everybody and for each who has it alone; by its hash, since it may be too long for an index.
CREATE UNIQUE INDEX "marking_comment_standing_key" ON "marking_comment"("exam_id", "test", "case_study_id", "item_id", coalesce("owner", ''), coalesce("millipoints", -1), md5("text"))
  WHERE "retired_at" IS NULL;

-- AddForeignKey
ALTER TABLE "marking_comment_use" ADD CONSTRAINT "marking_comment_use_comment_id_fkey" FOREIGN KEY ("comment_id") REFERENCES "marking_comment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "marking_comment_use" ADD CONSTRAINT "marking_comment_use_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What one says never changes, and what is retired stays so.
CREATE TRIGGER "marking_comment_stays" BEFORE UPDATE OF "id", "exam_id", "test", "case_study_id", "item_id", "version", "text", "millipoints", "owner", "written_by", "written_at" OR DELETE
  ON "marking_comment" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "marking_comment_retired_once" BEFORE UPDATE ON "marking_comment" FOR EACH ROW WHEN (OLD."retired_at" IS NOT NULL) EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "marking_comment_use_append_only" BEFORE UPDATE OR DELETE ON "marking_comment_use" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
