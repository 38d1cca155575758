-- Standard setting: experts rate, in rounds, which share of each item's points a candidate gets who is only just qualified. A closed round is
-- frozen, with a report; a pass mark comes of it with the next version alone.

ALTER TABLE "report" DROP CONSTRAINT "report_kind_check";
ALTER TABLE "report" ADD CONSTRAINT "report_kind_check" CHECK ("kind" IN ('items', 'standard-setting', 'operations', 'money', 'marking-quality', 'funnel'));

CREATE TABLE "standard_panel" (
    "id" UUID NOT NULL,
    "exam_version_id" UUID NOT NULL,
    "test" TEXT NOT NULL,
    "case_study_id" TEXT,
    "opened_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_by" TEXT,
    "closed_reason" TEXT,
    "closed_at" TIMESTAMPTZ(3),
    "result_round" INTEGER,

    CONSTRAINT "standard_panel_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "standard_panel_test_check" CHECK ("test" IN ('aptitude', 'case_study') AND ("test" = 'case_study') = ("case_study_id" IS NOT NULL)),
    CONSTRAINT "standard_panel_closed_check" CHECK (
      ("closed_by" IS NULL) = ("closed_at" IS NULL) AND ("closed_reason" IS NULL) = ("closed_at" IS NULL) AND ("result_round" IS NULL OR "closed_at" IS NOT NULL))
);

CREATE TABLE "standard_panelist" (
    "panel_id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "left_by" TEXT,
    "left_reason" TEXT,
    "left_at" TIMESTAMPTZ(3),

    CONSTRAINT "standard_panelist_pkey" PRIMARY KEY ("panel_id", "grader"),
    CONSTRAINT "standard_panelist_left_check" CHECK (("left_by" IS NULL) = ("left_at" IS NULL) AND ("left_reason" IS NULL) = ("left_at" IS NULL))
);

CREATE TABLE "standard_round" (
    "panel_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "facility_report_id" UUID,
    "opened_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_by" TEXT,
    "closed_reason" TEXT,
    "closed_at" TIMESTAMPTZ(3),
    "ratings_hash" TEXT,
    "report_id" UUID,

    CONSTRAINT "standard_round_pkey" PRIMARY KEY ("panel_id", "number"),
    CONSTRAINT "standard_round_number_check" CHECK ("number" >= 1),
    CONSTRAINT "standard_round_closed_check" CHECK (
      num_nulls("closed_by", "closed_reason", "closed_at", "ratings_hash", "report_id") IN (0, 5))
);

CREATE TABLE "standard_rating" (
    "panel_id" UUID NOT NULL,
    "round" INTEGER NOT NULL,
    "grader" TEXT NOT NULL,
    "item_id" TEXT NOT NULL,
    "percent" INTEGER NOT NULL,
    "sequence" INTEGER NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "standard_rating_pkey" PRIMARY KEY ("panel_id", "round", "grader", "item_id"),
    CONSTRAINT "standard_rating_percent_check" CHECK ("percent" BETWEEN 0 AND 100),
    CONSTRAINT "standard_rating_sequence_check" CHECK ("sequence" >= 0)
);

-- One of a panel is open at a time.
CREATE UNIQUE INDEX "standard_round_open_key" ON "standard_round"("panel_id") WHERE "closed_at" IS NULL;

-- AddForeignKey
ALTER TABLE "standard_panel" ADD CONSTRAINT "standard_panel_exam_version_id_fkey" FOREIGN KEY ("exam_version_id") REFERENCES "exam_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "standard_panelist" ADD CONSTRAINT "standard_panelist_panel_id_fkey" FOREIGN KEY ("panel_id") REFERENCES "standard_panel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "standard_round" ADD CONSTRAINT "standard_round_panel_id_fkey" FOREIGN KEY ("panel_id") REFERENCES "standard_panel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "standard_round" ADD CONSTRAINT "standard_round_facility_report_id_fkey" FOREIGN KEY ("facility_report_id") REFERENCES "report"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "standard_round" ADD CONSTRAINT "standard_round_report_id_fkey" FOREIGN KEY ("report_id") REFERENCES "report"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "standard_rating" ADD CONSTRAINT "standard_rating_panel_id_round_fkey" FOREIGN KEY ("panel_id", "round") REFERENCES "standard_round"("panel_id", "number") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "standard_rating" ADD CONSTRAINT "standard_rating_panel_id_grader_fkey" FOREIGN KEY ("panel_id", "grader") REFERENCES "standard_panelist"("panel_id", "grader") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What was opened stays as it was; that it is closed, and that somebody left, are written once.
CREATE TRIGGER "standard_panel_stays" BEFORE UPDATE OF "id", "exam_version_id", "test", "case_study_id", "opened_by", "reason", "opened_at" OR DELETE
  ON "standard_panel" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "standard_panel_closed_once" BEFORE UPDATE ON "standard_panel" FOR EACH ROW WHEN (OLD."closed_at" IS NOT NULL) EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "standard_panelist_stays" BEFORE UPDATE OF "panel_id", "grader" OR DELETE
  ON "standard_panelist" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "standard_panelist_left_once" BEFORE UPDATE ON "standard_panelist" FOR EACH ROW WHEN (OLD."left_at" IS NOT NULL) EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "standard_round_stays" BEFORE UPDATE OF "panel_id", "number", "facility_report_id", "opened_by", "reason", "opened_at" OR DELETE
  ON "standard_round" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "standard_round_closed_once" BEFORE UPDATE ON "standard_round" FOR EACH ROW WHEN (OLD."closed_at" IS NOT NULL) EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "standard_rating_stays" BEFORE UPDATE OF "panel_id", "round", "grader", "item_id" OR DELETE
  ON "standard_rating" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- Of a closed round nothing is rated any more, whoever tries.
CREATE FUNCTION "keep_closed_round"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM standard_round r WHERE r.panel_id = NEW.panel_id AND r.number = NEW.round AND r.closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'standard_rating is frozen with its round: % refused', TG_OP USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "standard_rating_frozen" BEFORE INSERT OR UPDATE ON "standard_rating" FOR EACH ROW EXECUTE FUNCTION "keep_closed_round"();

-- Written by store/ledger/triggers.ts from store/ledger/forms.ts.

CREATE OR REPLACE FUNCTION "ledger_standard_panel"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'standard_panel', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.closed_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'case_study_id', r."case_study_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'closed_by', r."closed_by", 'closed_reason', r."closed_reason", 'closed_at', r."closed_at", 'result_round', r."result_round")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'standard_panel', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.closed_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'case_study_id', r."case_study_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'closed_by', r."closed_by", 'closed_reason', r."closed_reason", 'closed_at', r."closed_at", 'result_round', r."result_round")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'standard_panel', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.closed_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'case_study_id', r."case_study_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'closed_by', r."closed_by", 'closed_reason', r."closed_reason", 'closed_at', r."closed_at", 'result_round', r."result_round")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "standard_panel_ledger_made" AFTER INSERT ON "standard_panel" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_standard_panel"();
CREATE TRIGGER "standard_panel_ledger_changed" AFTER UPDATE ON "standard_panel" FOR EACH ROW
  WHEN ((OLD."id", OLD."exam_version_id", OLD."test", OLD."case_study_id", OLD."opened_by", OLD."reason", OLD."opened_at", OLD."closed_by", OLD."closed_reason", OLD."closed_at", OLD."result_round") IS DISTINCT FROM (NEW."id", NEW."exam_version_id", NEW."test", NEW."case_study_id", NEW."opened_by", NEW."reason", NEW."opened_at", NEW."closed_by", NEW."closed_reason", NEW."closed_at", NEW."result_round")) EXECUTE FUNCTION "ledger_standard_panel"();
CREATE TRIGGER "standard_panel_ledger_removed" AFTER DELETE ON "standard_panel" FOR EACH ROW EXECUTE FUNCTION "ledger_standard_panel"();
CREATE TRIGGER "standard_panel_ledger_kept" BEFORE TRUNCATE ON "standard_panel" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

CREATE OR REPLACE FUNCTION "ledger_standard_panelist"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'standard_panelist', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.grader AS record, NULL::uuid AS attempt, r.left_by AS who,
      jsonb_build_object('panel_id', r."panel_id", 'grader', r."grader", 'left_by', r."left_by", 'left_reason', r."left_reason", 'left_at', r."left_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'standard_panelist', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.grader AS record, NULL::uuid AS attempt, r.left_by AS who,
      jsonb_build_object('panel_id', r."panel_id", 'grader', r."grader", 'left_by', r."left_by", 'left_reason', r."left_reason", 'left_at', r."left_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'standard_panelist', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.grader AS record, NULL::uuid AS attempt, r.left_by AS who,
      jsonb_build_object('panel_id', r."panel_id", 'grader', r."grader", 'left_by', r."left_by", 'left_reason', r."left_reason", 'left_at', r."left_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "standard_panelist_ledger_made" AFTER INSERT ON "standard_panelist" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_standard_panelist"();
CREATE TRIGGER "standard_panelist_ledger_changed" AFTER UPDATE ON "standard_panelist" FOR EACH ROW
  WHEN ((OLD."panel_id", OLD."grader", OLD."left_by", OLD."left_reason", OLD."left_at") IS DISTINCT FROM (NEW."panel_id", NEW."grader", NEW."left_by", NEW."left_reason", NEW."left_at")) EXECUTE FUNCTION "ledger_standard_panelist"();
CREATE TRIGGER "standard_panelist_ledger_removed" AFTER DELETE ON "standard_panelist" FOR EACH ROW EXECUTE FUNCTION "ledger_standard_panelist"();
CREATE TRIGGER "standard_panelist_ledger_kept" BEFORE TRUNCATE ON "standard_panelist" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

CREATE OR REPLACE FUNCTION "ledger_standard_round"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'standard_round', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.number AS record, NULL::uuid AS attempt, coalesce(r.closed_by, r.opened_by) AS who,
      jsonb_build_object('panel_id', r."panel_id", 'number', r."number", 'facility_report_id', r."facility_report_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'closed_by', r."closed_by", 'closed_reason', r."closed_reason", 'closed_at', r."closed_at", 'ratings_hash', r."ratings_hash", 'report_id', r."report_id")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'standard_round', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.number AS record, NULL::uuid AS attempt, coalesce(r.closed_by, r.opened_by) AS who,
      jsonb_build_object('panel_id', r."panel_id", 'number', r."number", 'facility_report_id', r."facility_report_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'closed_by', r."closed_by", 'closed_reason', r."closed_reason", 'closed_at', r."closed_at", 'ratings_hash', r."ratings_hash", 'report_id', r."report_id")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'standard_round', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.number AS record, NULL::uuid AS attempt, coalesce(r.closed_by, r.opened_by) AS who,
      jsonb_build_object('panel_id', r."panel_id", 'number', r."number", 'facility_report_id', r."facility_report_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'closed_by', r."closed_by", 'closed_reason', r."closed_reason", 'closed_at', r."closed_at", 'ratings_hash', r."ratings_hash", 'report_id', r."report_id")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "standard_round_ledger_made" AFTER INSERT ON "standard_round" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_standard_round"();
CREATE TRIGGER "standard_round_ledger_changed" AFTER UPDATE ON "standard_round" FOR EACH ROW
  WHEN ((OLD."panel_id", OLD."number", OLD."facility_report_id", OLD."opened_by", OLD."reason", OLD."opened_at", OLD."closed_by", OLD."closed_reason", OLD."closed_at", OLD."ratings_hash", OLD."report_id") IS DISTINCT FROM (NEW."panel_id", NEW."number", NEW."facility_report_id", NEW."opened_by", NEW."reason", NEW."opened_at", NEW."closed_by", NEW."closed_reason", NEW."closed_at", NEW."ratings_hash", NEW."report_id")) EXECUTE FUNCTION "ledger_standard_round"();
CREATE TRIGGER "standard_round_ledger_removed" AFTER DELETE ON "standard_round" FOR EACH ROW EXECUTE FUNCTION "ledger_standard_round"();
CREATE TRIGGER "standard_round_ledger_kept" BEFORE TRUNCATE ON "standard_round" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'standard_panel', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.closed_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'case_study_id', r."case_study_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'closed_by', r."closed_by", 'closed_reason', r."closed_reason", 'closed_at', r."closed_at", 'result_round', r."result_round")::text AS content FROM "standard_panel" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'standard_panelist', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.grader AS record, NULL::uuid AS attempt, r.left_by AS who,
      jsonb_build_object('panel_id', r."panel_id", 'grader', r."grader", 'left_by', r."left_by", 'left_reason', r."left_reason", 'left_at', r."left_at")::text AS content FROM "standard_panelist" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'standard_round', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.panel_id || '/' || r.number AS record, NULL::uuid AS attempt, coalesce(r.closed_by, r.opened_by) AS who,
      jsonb_build_object('panel_id', r."panel_id", 'number', r."number", 'facility_report_id', r."facility_report_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'closed_by', r."closed_by", 'closed_reason', r."closed_reason", 'closed_at', r."closed_at", 'ratings_hash', r."ratings_hash", 'report_id', r."report_id")::text AS content FROM "standard_round" r) e;

DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION "ledger_standard_panel"() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "ledger_standard_panelist"() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "ledger_standard_round"() SET search_path = %I, pg_temp', current_schema());
END $$;
