-- Staff put an item, a criterion or a key right for everybody who had it (docs/decisions/0022): opened by one person, applied by another.

-- The regrades that a decision was made under, in their order.
ALTER TABLE "decision" ADD COLUMN "regrade_ids" UUID[] NOT NULL DEFAULT '{}';

-- CreateTable
CREATE TABLE "regrade" (
    "id" UUID NOT NULL,
    "exam_id" TEXT NOT NULL,
    "versions" INTEGER[] NOT NULL,
    "test" TEXT NOT NULL,
    "case_study_id" TEXT,
    "item_id" TEXT NOT NULL,
    "change" JSONB NOT NULL,
    "submitted_from" TIMESTAMPTZ(3),
    "submitted_until" TIMESTAMPTZ(3),
    "reason" TEXT NOT NULL,
    "opened_by" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "previewed_at" TIMESTAMPTZ(3),
    "preview_hash" TEXT,
    "outcome" TEXT,
    "settled_by" TEXT,
    "settled_reason" TEXT,
    "settled_at" TIMESTAMPTZ(3),
    "progressed_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "regrade_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "regrade_test_check" CHECK ("test" IN ('aptitude', 'case_study') AND ("test" = 'case_study') = ("case_study_id" IS NOT NULL)),
    CONSTRAINT "regrade_settlement_check" CHECK (
        ("outcome" IS NULL AND "settled_by" IS NULL AND "settled_at" IS NULL AND "settled_reason" IS NULL)
        OR ("outcome" IS NOT NULL AND "outcome" IN ('applied', 'cancelled') AND "settled_by" IS NOT NULL AND "settled_at" IS NOT NULL AND "settled_reason" IS NOT NULL)),
    CONSTRAINT "regrade_second_person_check" CHECK ("outcome" IS DISTINCT FROM 'applied' OR "settled_by" <> "opened_by"),
    CONSTRAINT "regrade_previewed_check" CHECK ("outcome" IS DISTINCT FROM 'applied' OR "preview_hash" IS NOT NULL),
    CONSTRAINT "regrade_finished_check" CHECK ("finished_at" IS NULL OR "outcome" = 'applied')
);

-- One regrade of an item at a time: the next is opened once this one is through.
CREATE UNIQUE INDEX "regrade_open_key" ON "regrade"("exam_id", "test", (coalesce("case_study_id", '')), "item_id")
    WHERE "outcome" IS NULL OR ("outcome" = 'applied' AND "finished_at" IS NULL);
-- Those in force, asked for with each result.
CREATE INDEX "regrade_applied_idx" ON "regrade"("exam_id", "settled_at") WHERE "outcome" = 'applied';

-- What was opened never changes, and what was settled only comes to its end.
CREATE FUNCTION "keep_regrade"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (OLD.id, OLD.exam_id, OLD.versions, OLD.test, OLD.case_study_id, OLD.item_id, OLD.change, OLD.submitted_from, OLD.submitted_until, OLD.reason, OLD.opened_by, OLD.opened_at)
            IS DISTINCT FROM (NEW.id, NEW.exam_id, NEW.versions, NEW.test, NEW.case_study_id, NEW.item_id, NEW.change, NEW.submitted_from, NEW.submitted_until, NEW.reason, NEW.opened_by, NEW.opened_at)
        OR (OLD.outcome IS NOT NULL AND (OLD.outcome, OLD.settled_by, OLD.settled_at, OLD.settled_reason, OLD.preview_hash, OLD.previewed_at)
            IS DISTINCT FROM (NEW.outcome, NEW.settled_by, NEW.settled_at, NEW.settled_reason, NEW.preview_hash, NEW.previewed_at))
        OR OLD.finished_at IS NOT NULL OR OLD.outcome = 'cancelled' THEN
        RAISE EXCEPTION 'regrade is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER "regrade_append_only" BEFORE UPDATE OR DELETE ON "regrade" FOR EACH ROW EXECUTE FUNCTION "keep_regrade"();

-- What it would do, or did, to each decision that it is about.
CREATE TABLE "regrade_change" (
    "regrade_id" UUID NOT NULL,
    "decision_id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "effect" TEXT NOT NULL,
    "millipoints" INTEGER NOT NULL,
    "millipoints_max" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "waits_for" TEXT,
    "new_decision_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "regrade_change_pkey" PRIMARY KEY ("regrade_id", "decision_id"),
    CONSTRAINT "regrade_change_effect_check" CHECK ("effect" IN ('passes', 'raised', 'unchanged', 'would_lower', 'would_fail')),
    CONSTRAINT "regrade_change_state_check" CHECK ("state" IN ('previewed', 'waits', 'applied', 'kept', 'superseded')),
    CONSTRAINT "regrade_change_waits_check" CHECK (("state" = 'waits') = ("waits_for" IS NOT NULL)),
    CONSTRAINT "regrade_change_applied_check" CHECK (("state" = 'applied') = ("new_decision_id" IS NOT NULL))
);

CREATE INDEX "regrade_change_regrade_id_effect_decision_id_idx" ON "regrade_change"("regrade_id", "effect", "decision_id");
CREATE INDEX "regrade_change_attempt_id_idx" ON "regrade_change"("attempt_id");

ALTER TABLE "regrade_change" ADD CONSTRAINT "regrade_change_regrade_id_fkey" FOREIGN KEY ("regrade_id") REFERENCES "regrade"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "regrade_change" ADD CONSTRAINT "regrade_change_decision_id_fkey" FOREIGN KEY ("decision_id") REFERENCES "decision"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What was done stays: a preview alone is made anew.
CREATE FUNCTION "keep_regrade_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('applied', 'kept', 'superseded') OR (TG_OP = 'DELETE' AND OLD.state <> 'previewed') THEN
        RAISE EXCEPTION 'regrade_change is append-only';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER "regrade_change_append_only" BEFORE UPDATE OR DELETE ON "regrade_change" FOR EACH ROW EXECUTE FUNCTION "keep_regrade_change"();

-- A decision is superseded once: whoever comes second, by whatever act, has not seen what stands.
CREATE UNIQUE INDEX "decision_supersedes_id_key" ON "decision"("supersedes_id");
