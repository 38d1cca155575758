-- A claim reads along one of these and stops at the first that the grader may take.
CREATE INDEX "assignment_claimable_idx" ON "assignment" ("purpose", "due_at", "id") WHERE "state" = 'open' AND "reserved_for" IS NULL;
CREATE INDEX "assignment_reserved_idx" ON "assignment" ("reserved_for") WHERE "state" = 'open' AND "reserved_for" IS NOT NULL;
