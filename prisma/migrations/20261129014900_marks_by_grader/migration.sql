-- What one grader marked, the newest first: how far they agree with whoever marked the same.
CREATE INDEX "mark_grader_recorded_at_idx" ON "mark" ("grader", "recorded_at" DESC);
