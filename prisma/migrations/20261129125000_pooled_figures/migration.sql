-- What of an assessment rests on the figures of all, since the model had no marks of it.

ALTER TABLE "assessment"
  ADD COLUMN "pooled_items" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "pooled_grader" BOOLEAN NOT NULL DEFAULT false;
