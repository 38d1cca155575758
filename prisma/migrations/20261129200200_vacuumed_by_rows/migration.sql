-- Autovacuum comes once a share of a table changed, a fifth by default: of millions of rows that is every few months. The planner then knows
-- nothing of what is open and new, and what is read from an index alone looks into the table after all. So each of the tables that grow comes
-- after a hundredth, which is days, whatever its size.

-- Written once: they are to be analyzed, and their pages known to be visible.
ALTER TABLE "submission" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE "mark" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE "marking_stretch" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE "decision" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE "certificate" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE "notice" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE "audit_entry" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);

-- Written and changed a few times soon after: each change leaves a dead row, and those lie where the open ones are looked for.
ALTER TABLE "attempt" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "attempt_standing" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "sitting" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "response" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "upload" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "assignment" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "claim" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "mail" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "event" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "delivery" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE "idempotency" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.01);

-- Queues: nearly all that was ever in them is dead, and they are read twice a second. By rows, not by a share of what happens to wait.
ALTER TABLE "tidings" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE "dispatch" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE "dispatch_queue" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE "undecided_submission" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
