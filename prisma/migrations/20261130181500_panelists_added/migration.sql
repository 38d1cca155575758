-- Experts may be added to a panel that is open: they rate, and count, in rounds that are opened from then on. Graders may ask for a mail once one is open.
ALTER TABLE "standard_panelist" ADD COLUMN "from_round" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "added_by" TEXT,
  ADD COLUMN "added_reason" TEXT,
  ADD COLUMN "added_at" TIMESTAMPTZ(3);
ALTER TABLE "standard_panelist" ADD CONSTRAINT "standard_panelist_added_check" CHECK (
  num_nulls("added_by", "added_reason", "added_at") IN (0, 3) AND "from_round" >= 1 AND ("from_round" = 1) = ("added_at" IS NULL));

ALTER TABLE "grader" DROP CONSTRAINT "grader_mail_kinds_check",
  ADD CONSTRAINT "grader_mail_kinds_check" CHECK ("mail_kinds" <@ ARRAY['new_work', 'reminder', 'lease_ending', 'drift', 'rating_round']) NOT VALID;

-- Since when somebody is in it stays as well.
DROP TRIGGER "standard_panelist_stays" ON "standard_panelist";
CREATE TRIGGER "standard_panelist_stays" BEFORE UPDATE OF "panel_id", "grader", "from_round", "added_by", "added_reason", "added_at" OR DELETE
  ON "standard_panelist" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- Of a closed round nothing is rated any more, and of one before theirs nobody rates anything, whoever tries.
CREATE OR REPLACE FUNCTION "keep_closed_round"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM standard_round r WHERE r.panel_id = NEW.panel_id AND r.number = NEW.round AND r.closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'standard_rating is frozen with its round: % refused', TG_OP USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM standard_panelist m WHERE m.panel_id = NEW.panel_id AND m.grader = NEW.grader AND m.from_round > NEW.round) THEN
    RAISE EXCEPTION 'standard_rating is of a round before its panelist was added: % refused', TG_OP USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

-- Written by store/ledger/triggers.ts from store/ledger/forms.ts, for the columns that came; what is there is adopted with them.
DROP TRIGGER "standard_panelist_ledger_made" ON "standard_panelist";
DROP TRIGGER "standard_panelist_ledger_changed" ON "standard_panelist";
DROP TRIGGER "standard_panelist_ledger_removed" ON "standard_panelist";
DROP TRIGGER "standard_panelist_ledger_kept" ON "standard_panelist";

CREATE OR REPLACE FUNCTION "ledger_standard_panelist"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'standard_panelist', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.grader AS record, NULL::uuid AS attempt, coalesce(r.left_by, r.added_by) AS who,
      jsonb_build_object('panel_id', r."panel_id", 'grader', r."grader", 'left_by', r."left_by", 'left_reason', r."left_reason", 'left_at', r."left_at", 'from_round', r."from_round", 'added_by', r."added_by", 'added_reason', r."added_reason", 'added_at', r."added_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'standard_panelist', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.grader AS record, NULL::uuid AS attempt, coalesce(r.left_by, r.added_by) AS who,
      jsonb_build_object('panel_id', r."panel_id", 'grader', r."grader", 'left_by', r."left_by", 'left_reason', r."left_reason", 'left_at', r."left_at", 'from_round', r."from_round", 'added_by', r."added_by", 'added_reason', r."added_reason", 'added_at', r."added_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'standard_panelist', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.grader AS record, NULL::uuid AS attempt, coalesce(r.left_by, r.added_by) AS who,
      jsonb_build_object('panel_id', r."panel_id", 'grader', r."grader", 'left_by', r."left_by", 'left_reason', r."left_reason", 'left_at', r."left_at", 'from_round', r."from_round", 'added_by', r."added_by", 'added_reason', r."added_reason", 'added_at', r."added_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "standard_panelist_ledger_made" AFTER INSERT ON "standard_panelist" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_standard_panelist"();
CREATE TRIGGER "standard_panelist_ledger_changed" AFTER UPDATE ON "standard_panelist" FOR EACH ROW
  WHEN ((OLD."panel_id", OLD."grader", OLD."left_by", OLD."left_reason", OLD."left_at", OLD."from_round", OLD."added_by", OLD."added_reason", OLD."added_at") IS DISTINCT FROM (NEW."panel_id", NEW."grader", NEW."left_by", NEW."left_reason", NEW."left_at", NEW."from_round", NEW."added_by", NEW."added_reason", NEW."added_at")) EXECUTE FUNCTION "ledger_standard_panelist"();
CREATE TRIGGER "standard_panelist_ledger_removed" AFTER DELETE ON "standard_panelist" FOR EACH ROW EXECUTE FUNCTION "ledger_standard_panelist"();
CREATE TRIGGER "standard_panelist_ledger_kept" BEFORE TRUNCATE ON "standard_panelist" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'standard_panelist', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.grader AS record, NULL::uuid AS attempt, coalesce(r.left_by, r.added_by) AS who,
      jsonb_build_object('panel_id', r."panel_id", 'grader', r."grader", 'left_by', r."left_by", 'left_reason', r."left_reason", 'left_at', r."left_at", 'from_round', r."from_round", 'added_by', r."added_by", 'added_reason', r."added_reason", 'added_at', r."added_at")::text AS content FROM "standard_panelist" r) e;

DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION "ledger_standard_panelist"() SET search_path = %I, pg_temp', current_schema());
END $$;
