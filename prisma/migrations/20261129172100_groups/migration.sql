-- Identical answers to one item: which they are, and the marks that a grader has for all of them.

-- AlterTable
ALTER TABLE "assignment" ADD COLUMN "answer_hashes" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "group_mark" (
    "id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "exam_version_id" UUID NOT NULL,
    "item_id" TEXT NOT NULL,
    "answer_hash" TEXT NOT NULL,
    "millipoints" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "marked_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "group_mark_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "group_mark_millipoints_check" CHECK ("millipoints" >= 0)
);

-- CreateTable
CREATE TABLE "group_mark_use" (
    "group_mark_id" UUID NOT NULL,
    "assignment_id" UUID NOT NULL,
    "used_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "group_mark_use_pkey" PRIMARY KEY ("group_mark_id","assignment_id")
);

-- CreateIndex
CREATE INDEX "group_mark_exam_version_id_id_idx" ON "group_mark"("exam_version_id", "id");

-- CreateIndex
CREATE INDEX "group_mark_use_assignment_id_idx" ON "group_mark_use"("assignment_id");

-- One stands for each grader and group.
CREATE UNIQUE INDEX "group_mark_standing_key" ON "group_mark"("grader", "answer_hash") WHERE "ended_at" IS NULL;

-- Who else waits with the same answer: of what is open alone.
CREATE INDEX "assignment_identical_idx" ON "assignment" USING GIN ("answer_hashes") WHERE "state" = 'open' AND "answer_hashes" <> '{}';

-- AddForeignKey
ALTER TABLE "group_mark_use" ADD CONSTRAINT "group_mark_use_group_mark_id_fkey" FOREIGN KEY ("group_mark_id") REFERENCES "group_mark"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_mark_use" ADD CONSTRAINT "group_mark_use_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What one says never changes, and what has ended stays so.
CREATE TRIGGER "group_mark_stays" BEFORE UPDATE OF "id", "grader", "exam_version_id", "item_id", "answer_hash", "millipoints", "reason", "marked_at" OR DELETE
  ON "group_mark" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "group_mark_ended_once" BEFORE UPDATE ON "group_mark" FOR EACH ROW WHEN (OLD."ended_at" IS NOT NULL) EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "group_mark_use_append_only" BEFORE UPDATE OR DELETE ON "group_mark_use" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
