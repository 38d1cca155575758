-- What binds a grader: qualifications, languages, state, conflicts. Everybody who marks today goes on, for everything.

-- AlterTable
ALTER TABLE "exam_version" ADD COLUMN     "language" TEXT,
ADD COLUMN     "met_before_conflicts" BOOLEAN,
ADD COLUMN     "offer_wider_percent" INTEGER;

-- AlterTable
ALTER TABLE "grader" ADD COLUMN     "hours_a_week" INTEGER,
ADD COLUMN     "languages" TEXT[] DEFAULT ARRAY['*']::TEXT[],
ADD COLUMN     "qualifications" TEXT[] DEFAULT ARRAY['*']::TEXT[],
ADD COLUMN     "state" TEXT NOT NULL DEFAULT 'active';

-- AlterTable
ALTER TABLE "claim" ADD COLUMN     "release_reason" TEXT;

-- CreateTable
CREATE TABLE "grader_conflict" (
    "id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "declared_by" TEXT NOT NULL,
    "declared_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_by" TEXT,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "grader_conflict_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "grader_conflict_grader_idx" ON "grader_conflict"("grader");

-- AddForeignKey
ALTER TABLE "grader_conflict" ADD CONSTRAINT "grader_conflict_grader_fkey" FOREIGN KEY ("grader") REFERENCES "grader"("subject") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Declared again, it stands once. By source: what a release recorded must not show by what a declaration answers.
CREATE UNIQUE INDEX "grader_conflict_standing_key" ON "grader_conflict"("grader", "kind", "value", "source") WHERE "ended_at" IS NULL;

ALTER TABLE "grader" ADD CONSTRAINT "grader_state_check" CHECK ("state" IN ('in_training', 'active', 'paused', 'suspended'));
ALTER TABLE "grader_conflict" ADD CONSTRAINT "grader_conflict_kind_check" CHECK ("kind" IN ('candidate', 'email', 'employer'));
ALTER TABLE "grader_conflict" ADD CONSTRAINT "grader_conflict_source_check" CHECK ("source" IN ('declared', 'release', 'staff'));
