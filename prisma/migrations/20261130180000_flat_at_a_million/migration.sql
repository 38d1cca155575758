-- Work that ended in a period, for its reports: by when it did, and not among all that was begun in the months before.
CREATE INDEX IF NOT EXISTS "assignment_completed_at_idx" ON "assignment"("completed_at") WHERE "state" = 'completed';
CREATE INDEX IF NOT EXISTS "claim_released_at_idx" ON "claim"("released_at") WHERE "released_at" IS NOT NULL;

-- What a grader gave back of late, and not all that they ever did.
CREATE INDEX IF NOT EXISTS "claim_given_back_of_late_idx" ON "claim"("grader", "id") WHERE "release_cause" IN ('released', 'reassigned');
DROP INDEX IF EXISTS "claim_given_back_idx";

-- Whoever completes an assignment has marks, and their draft goes with it from now on. What others drafted at it is theirs, and stays.
-- safe to roll back: nobody is shown a draft of what they completed
DELETE FROM "draft" d USING "assignment" t WHERE t.id = d.assignment_id AND t.state = 'completed' AND t.holder = d.grader;
