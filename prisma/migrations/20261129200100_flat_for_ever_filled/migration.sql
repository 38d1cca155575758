-- What was there before the triggers, in a transaction of its own: those hold no lock any more. Of what is decided at this very moment a row may
-- stay behind; whoever counts looks again.
INSERT INTO "undecided_submission" ("attempt_id", "test", "round", "submission_id", "submitted_at")
  SELECT s.attempt_id, s.test, b.round, b.id, b.submitted_at FROM "submission" b JOIN "sitting" s ON s.id = b.sitting_id AND s.round = b.round
  WHERE NOT EXISTS (SELECT 1 FROM "decision" d WHERE d.attempt_id = s.attempt_id AND d.test = s.test AND d.grading_round = b.round)
  ON CONFLICT DO NOTHING;

UPDATE "claim" c SET "pay_settled" = true FROM "pay_line" l WHERE l.claim_id = c.id AND NOT c.pay_settled;
