-- How long which kind of what is personal is kept, by two persons, and erasures that nobody but time orders: of a person, or of the answers or files of one attempt
-- (docs/decisions/0027). Erasures of imported certificates, and such as are ordered again after a restore.

CREATE TABLE "retention_period" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "days" INTEGER,
    "keeps_register" BOOLEAN NOT NULL,
    "reason" TEXT NOT NULL,
    "set_by" TEXT NOT NULL,
    "act_id" UUID NOT NULL,
    "set_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "retention_period_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "retention_period_kind_check" CHECK ("kind" IN ('uploads', 'answers', 'person')),
    CONSTRAINT "retention_period_days_check" CHECK ("days" BETWEEN 0 AND 36500)
);
CREATE UNIQUE INDEX "retention_period_act_id_key" ON "retention_period"("act_id");
CREATE INDEX "retention_period_kind_set_at_idx" ON "retention_period"("kind", "set_at");
CREATE TRIGGER "retention_period_append_only" BEFORE UPDATE OR DELETE ON "retention_period" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

ALTER TABLE "erasure" ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'person',
    ADD COLUMN "attempt_id" UUID,
    ADD COLUMN "period_id" UUID,
    ADD COLUMN "certificate_ids" UUID[] NOT NULL DEFAULT '{}',
    ADD COLUMN "restored_at" TIMESTAMPTZ(3),
    DROP CONSTRAINT "erasure_ordered_check";
-- Neither the act nor the period must be there: an erasure that is ordered again may name what the restored records have not.
ALTER TABLE "erasure" ADD CONSTRAINT "erasure_kind_check" CHECK (("kind" = 'person' AND "attempt_id" IS NULL) OR ("kind" IN ('answers', 'uploads') AND "attempt_id" IS NOT NULL)),
    ADD CONSTRAINT "erasure_ordered_check" CHECK ("state" NOT IN ('ordered', 'done') OR (num_nonnulls("settled_by", "settled_at", "due_at") = 3 AND num_nonnulls("act_id", "period_id") >= 1));
DROP INDEX "erasure_under_way_key";
CREATE UNIQUE INDEX "erasure_under_way_key" ON "erasure"("candidate_id") WHERE "state" IN ('asked', 'ordered') AND "kind" = 'person';
-- Of an attempt each kind once.
CREATE UNIQUE INDEX "erasure_attempt_id_kind_key" ON "erasure"("attempt_id", "kind");
ALTER TABLE "erasure" ADD CONSTRAINT "erasure_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What says that it was done before, and is done again without asking anybody, nobody writes but the owner of the tables.
CREATE FUNCTION "refuse_restored"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user <> (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
    RAISE EXCEPTION 'only the owner of the database orders an erasure again' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "erasure_restored_made" BEFORE INSERT ON "erasure" FOR EACH ROW WHEN (NEW."restored_at" IS NOT NULL) EXECUTE FUNCTION "refuse_restored"();
CREATE TRIGGER "erasure_restored_changed" BEFORE UPDATE ON "erasure" FOR EACH ROW WHEN (OLD."restored_at" IS DISTINCT FROM NEW."restored_at") EXECUTE FUNCTION "refuse_restored"();

-- In the ledger. Written by store/ledger/triggers.ts from store/ledger/forms.ts; what there was of erasures is entered anew, with what is new of them.
CREATE OR REPLACE FUNCTION "ledger_retention_period"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'retention_period', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.set_by AS who,
      jsonb_build_object('id', r."id", 'kind', r."kind", 'days', r."days", 'keeps_register', r."keeps_register", 'reason', r."reason", 'set_by', r."set_by", 'act_id', r."act_id", 'set_at', r."set_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'retention_period', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.set_by AS who,
      jsonb_build_object('id', r."id", 'kind', r."kind", 'days', r."days", 'keeps_register', r."keeps_register", 'reason', r."reason", 'set_by', r."set_by", 'act_id', r."act_id", 'set_at', r."set_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'retention_period', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.set_by AS who,
      jsonb_build_object('id', r."id", 'kind', r."kind", 'days', r."days", 'keeps_register', r."keeps_register", 'reason', r."reason", 'set_by', r."set_by", 'act_id', r."act_id", 'set_at', r."set_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "retention_period_ledger_made" AFTER INSERT ON "retention_period" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_retention_period"();
CREATE TRIGGER "retention_period_ledger_removed" AFTER DELETE ON "retention_period" FOR EACH ROW EXECUTE FUNCTION "ledger_retention_period"();
CREATE TRIGGER "retention_period_ledger_kept" BEFORE TRUNCATE ON "retention_period" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

DROP TRIGGER "erasure_ledger_made" ON "erasure";
DROP TRIGGER "erasure_ledger_changed" ON "erasure";
DROP TRIGGER "erasure_ledger_removed" ON "erasure";
DROP TRIGGER "erasure_ledger_kept" ON "erasure";
CREATE OR REPLACE FUNCTION "ledger_erasure"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'erasure', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'kind', r."kind", 'attempt_id', r."attempt_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'period_id', r."period_id", 'certificate_ids', r."certificate_ids", 'restored_at', r."restored_at", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'erasure', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'kind', r."kind", 'attempt_id', r."attempt_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'period_id', r."period_id", 'certificate_ids', r."certificate_ids", 'restored_at', r."restored_at", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'erasure', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'kind', r."kind", 'attempt_id', r."attempt_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'period_id', r."period_id", 'certificate_ids', r."certificate_ids", 'restored_at', r."restored_at", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "erasure_ledger_made" AFTER INSERT ON "erasure" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_erasure"();
CREATE TRIGGER "erasure_ledger_changed" AFTER UPDATE ON "erasure" FOR EACH ROW
  WHEN ((OLD."id", OLD."candidate_id", OLD."kind", OLD."attempt_id", OLD."state", OLD."keeps_register", OLD."asked_at", OLD."act_id", OLD."period_id", OLD."certificate_ids", OLD."restored_at", OLD."settled_by", OLD."settled_reason", OLD."settled_at", OLD."due_at", OLD."records_erased_at", OLD."done_at") IS DISTINCT FROM (NEW."id", NEW."candidate_id", NEW."kind", NEW."attempt_id", NEW."state", NEW."keeps_register", NEW."asked_at", NEW."act_id", NEW."period_id", NEW."certificate_ids", NEW."restored_at", NEW."settled_by", NEW."settled_reason", NEW."settled_at", NEW."due_at", NEW."records_erased_at", NEW."done_at")) EXECUTE FUNCTION "ledger_erasure"();
CREATE TRIGGER "erasure_ledger_removed" AFTER DELETE ON "erasure" FOR EACH ROW EXECUTE FUNCTION "ledger_erasure"();
CREATE TRIGGER "erasure_ledger_kept" BEFORE TRUNCATE ON "erasure" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'retention_period', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.set_by AS who,
      jsonb_build_object('id', r."id", 'kind', r."kind", 'days', r."days", 'keeps_register', r."keeps_register", 'reason', r."reason", 'set_by', r."set_by", 'act_id', r."act_id", 'set_at', r."set_at")::text AS content FROM "retention_period" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'erasure', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'kind', r."kind", 'attempt_id', r."attempt_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'period_id', r."period_id", 'certificate_ids', r."certificate_ids", 'restored_at', r."restored_at", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM "erasure" r) e;

-- Erases. Written by store/privacy/erasing.ts from store/privacy/personal-data.ts.
CREATE OR REPLACE FUNCTION "erase_person"("p_erasure" UUID) RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
DECLARE
  v_candidate UUID;
  v_kind TEXT;
  v_attempt UUID;
  v_act UUID;
  v_period UUID;
  v_restored TIMESTAMPTZ;
  v_imported UUID[];
  v_keeps_register BOOLEAN;
  v_subject TEXT;
  v_pseudonym TEXT;
  v_email TEXT;
  v_attempts UUID[];
  v_certificates UUID[];
  v_corrections UUID[];
  v_sittings UUID[];
  v_submissions UUID[];
  v_assignments UUID[];
  v_patterns TEXT[];
  v_records TEXT[];
  v_first BOOLEAN;
BEGIN
  -- Whoever gives entries their place waits meanwhile.
  PERFORM pg_advisory_xact_lock(4201002);
  SELECT e.candidate_id, e.kind, e.attempt_id, e.act_id, e.period_id, e.restored_at, e.certificate_ids, e.keeps_register, e.records_erased_at IS NULL
    INTO v_candidate, v_kind, v_attempt, v_act, v_period, v_restored, v_imported, v_keeps_register, v_first
    FROM erasure e WHERE e.id = p_erasure AND e.state IN ('ordered', 'done') AND e.due_at <= clock_timestamp() FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'erasure % is not ordered, or not due yet', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  SELECT c.subject, 'erased:' || c.id, lower(c.email) INTO v_subject, v_pseudonym, v_email FROM candidate c WHERE c.id = v_candidate FOR UPDATE;
  v_attempts := ARRAY(SELECT a.id FROM attempt a WHERE a.candidate_id = v_candidate AND (v_attempt IS NULL OR a.id = v_attempt));
  v_certificates := ARRAY(SELECT c.id FROM certificate c WHERE c.candidate_id = v_candidate OR c.attempt_id = ANY(v_attempts)
    OR (c.id = ANY(v_imported) AND c.attempt_id IS NULL AND c.candidate_id IS NULL));
  v_corrections := ARRAY(SELECT o.id FROM correction o WHERE o.certificate_id = ANY(v_certificates));
  v_sittings := ARRAY(SELECT s.id FROM sitting s WHERE s.attempt_id = ANY(v_attempts));
  v_submissions := ARRAY(SELECT b.id FROM submission b WHERE b.sitting_id = ANY(v_sittings));
  v_assignments := ARRAY(SELECT t.id FROM assignment t WHERE t.submission_id = ANY(v_submissions));
  v_patterns := ARRAY(SELECT '%' || x || '%' FROM unnest(v_attempts || v_certificates || v_candidate) x);
  IF v_restored IS NOT NULL THEN
    NULL; -- Which nobody but the owner of the tables may say.
  ELSIF v_period IS NOT NULL THEN
    IF NOT EXISTS (SELECT 1 FROM retention_period t JOIN proposed_act p ON p.id = t.act_id AND p.operation = 'setRetentionPeriod' AND p.state IN ('confirmed', 'done')
        AND p.body ->> 'kind' = t.kind AND (p.body ->> 'days')::int = t.days
      WHERE t.id = v_period AND t.id = (SELECT n.id FROM retention_period n WHERE n.kind = v_kind ORDER BY n.set_at DESC, n.id DESC LIMIT 1)
        AND CASE
          WHEN v_attempt IS NOT NULL THEN (SELECT a.settled_at FROM attempt a WHERE a.id = v_attempt AND a.outcome IS NOT NULL)
          WHEN EXISTS (SELECT 1 FROM attempt a WHERE a.candidate_id = v_candidate AND a.outcome IS NULL)
            OR EXISTS (SELECT 1 FROM certificate c WHERE c.candidate_id = v_candidate AND c.status <> 'revoked') THEN NULL
          ELSE (SELECT greatest(k.created_at, max(a.settled_at)) FROM candidate k LEFT JOIN attempt a ON a.candidate_id = k.id WHERE k.id = v_candidate GROUP BY k.id) END + make_interval(days => t.days) <= clock_timestamp()) THEN
      RAISE EXCEPTION 'erasure % is of no time that is over', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
  ELSIF v_kind <> 'person' OR NOT EXISTS (SELECT 1 FROM proposed_act p WHERE p.id = v_act AND p.operation = 'orderErasure' AND p.candidate_id = v_candidate AND p.state IN ('confirmed', 'done')) THEN
    RAISE EXCEPTION 'erasure % is no act of two persons', p_erasure USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM retention_hold h WHERE h.candidate_id = v_candidate AND h.released_at IS NULL) THEN RAISE EXCEPTION 'erasure % is stopped: on_hold', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  IF EXISTS (SELECT 1 FROM attempt a WHERE a.candidate_id = v_candidate AND a.outcome IS NULL) THEN RAISE EXCEPTION 'erasure % is stopped: attempt_open', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  IF EXISTS (SELECT 1 FROM appeal q JOIN attempt a ON a.id = q.attempt_id WHERE a.candidate_id = v_candidate AND q.state = 'open') THEN RAISE EXCEPTION 'erasure % is stopped: appeal_open', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  IF EXISTS (SELECT 1 FROM complaint k JOIN attempt a ON a.id = k.attempt_id WHERE a.candidate_id = v_candidate AND k.answered_at IS NULL) THEN RAISE EXCEPTION 'erasure % is stopped: complaint_open', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  IF EXISTS (SELECT 1 FROM correction o JOIN certificate c ON c.id = o.certificate_id LEFT JOIN attempt a ON a.id = c.attempt_id
      WHERE coalesce(c.candidate_id, a.candidate_id) = v_candidate AND o.resolved_at IS NULL) THEN RAISE EXCEPTION 'erasure % is stopped: correction_open', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  IF EXISTS (SELECT 1 FROM proposed_act p WHERE p.state IN ('open', 'confirmed') AND p.expires_at > clock_timestamp() AND p.operation <> 'orderErasure'
      AND (p.candidate_id = v_candidate OR p.attempt_id IN (SELECT a.id FROM attempt a WHERE a.candidate_id = v_candidate))) THEN RAISE EXCEPTION 'erasure % is stopped: act_waiting', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  IF EXISTS (SELECT 1 FROM claimed_act k JOIN attempt a ON a.id = k.attempt_id WHERE a.candidate_id = v_candidate AND k.state = 'pending') THEN RAISE EXCEPTION 'erasure % is stopped: typed_act_waiting', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  IF EXISTS (SELECT 1 FROM seed e JOIN submission b ON b.id = e.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
      WHERE a.candidate_id = v_candidate AND e.ended_at IS NULL) THEN RAISE EXCEPTION 'erasure % is stopped: seed_standing', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  IF EXISTS (SELECT 1 FROM regrade_change x JOIN attempt a ON a.id = x.attempt_id JOIN regrade g ON g.id = x.regrade_id
      WHERE a.candidate_id = v_candidate AND x.state IN ('previewed', 'waits') AND (g.outcome IS NULL OR (g.outcome = 'applied' AND g.finished_at IS NULL))) THEN RAISE EXCEPTION 'erasure % is stopped: regrade_open', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  IF EXISTS (SELECT 1 FROM correction o WHERE o.id = ANY(v_corrections) AND o.resolved_at IS NULL) THEN
    RAISE EXCEPTION 'erasure % is stopped: correction_open', p_erasure USING ERRCODE = 'restrict_violation';
  END IF;
  PERFORM set_config('certifiable.erasure', p_erasure::text, true);
  IF v_kind IN ('person', 'answers') THEN
    DELETE FROM "response" r WHERE r.sitting_id = ANY(v_sittings);
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    DELETE FROM "draft" r WHERE r.assignment_id = ANY(v_assignments);
  END IF;
  IF v_kind IN ('person', 'uploads') THEN
    UPDATE "upload" r SET "file_name" = '[erased]' WHERE (r.sitting_id = ANY(v_sittings)) AND ((r."file_name")::text IS DISTINCT FROM ('[erased]')::text);
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'submission' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'submission' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "submission" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.sitting_id = ANY(v_sittings)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'sitting_id', r."sitting_id", 'round', r."round", 'cause', r."cause", 'content_hash', r."content_hash", 'content', r."content", 'upload_id', r."upload_id", 'submitted_at', r."submitted_at", 'receipt', r."receipt")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of submission does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "submission" r SET "content" = CASE WHEN r."content" IS NOT NULL THEN '{}'::jsonb END, "content_hash" = CASE WHEN r."upload_id" IS NULL THEN 'sha-256:' || repeat('0', 64) ELSE r."content_hash" END, "receipt" = '[erased]' WHERE (r.sitting_id = ANY(v_sittings)) AND ((r."content")::text IS DISTINCT FROM (CASE WHEN r."content" IS NOT NULL THEN '{}'::jsonb END)::text OR (r."content_hash")::text IS DISTINCT FROM (CASE WHEN r."upload_id" IS NULL THEN 'sha-256:' || repeat('0', 64) ELSE r."content_hash" END)::text OR (r."receipt")::text IS DISTINCT FROM ('[erased]')::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'submission' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'submission' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'submission', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM sitting s WHERE s.id = r.sitting_id) AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'sitting_id', r."sitting_id", 'round', r."round", 'cause', r."cause", 'content_hash', r."content_hash", 'content', r."content", 'upload_id', r."upload_id", 'submitted_at', r."submitted_at", 'receipt', r."receipt")::text AS content FROM (SELECT * FROM "submission" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    UPDATE "assignment" r SET "answer_hashes" = '{}'::text[] WHERE (r.submission_id = ANY(v_submissions)) AND ((r."answer_hashes")::text IS DISTINCT FROM ('{}'::text[])::text);
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'claim' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'claim' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "claim" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.submission_id = ANY(v_submissions)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'claimed_at', r."claimed_at", 'released_at', r."released_at", 'release_cause', r."release_cause", 'release_reason', r."release_reason")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of claim does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "claim" r SET "release_reason" = CASE WHEN r."release_reason" IS NOT NULL THEN '[erased]' END WHERE (r.submission_id = ANY(v_submissions)) AND ((r."release_reason")::text IS DISTINCT FROM (CASE WHEN r."release_reason" IS NOT NULL THEN '[erased]' END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'claim' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'claim' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'claim', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'claimed_at', r."claimed_at", 'released_at', r."released_at", 'release_cause', r."release_cause", 'release_reason', r."release_reason")::text AS content FROM (SELECT * FROM "claim" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'mark' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'mark' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "mark" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.submission_id = ANY(v_submissions)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of mark does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "mark" r SET "reason" = '[erased]' WHERE (r.submission_id = ANY(v_submissions)) AND ((r."reason")::text IS DISTINCT FROM ('[erased]')::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'mark' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'mark' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT * FROM "mark" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'file_flag' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'file_flag' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "file_flag" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.assignment_id = ANY(v_assignments)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'reason', r."reason", 'flagged_at', r."flagged_at", 'settled_at', r."settled_at", 'settlement', r."settlement", 'settled_by', r."settled_by")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of file_flag does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "file_flag" r SET "reason" = '[erased]' WHERE (r.assignment_id = ANY(v_assignments)) AND ((r."reason")::text IS DISTINCT FROM ('[erased]')::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'file_flag' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'file_flag' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'file_flag', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE t.id = r.assignment_id) AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'reason', r."reason", 'flagged_at', r."flagged_at", 'settled_at', r."settled_at", 'settlement', r."settlement", 'settled_by', r."settled_by")::text AS content FROM (SELECT * FROM "file_flag" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    UPDATE "group_mark" r SET "reason" = '[erased]', "answer_hash" = 'erased:' || r."id" WHERE (r.id IN (SELECT u.group_mark_id FROM group_mark_use u GROUP BY 1 HAVING bool_and(u.assignment_id = ANY(v_assignments)))) AND ((r."reason")::text IS DISTINCT FROM ('[erased]')::text OR (r."answer_hash")::text IS DISTINCT FROM ('erased:' || r."id")::text);
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    DELETE FROM "group_mark_use" r WHERE r.assignment_id = ANY(v_assignments);
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'seed_mark' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'seed_mark' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "seed_mark" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.seed_id IN (SELECT s.id FROM seed s WHERE s.submission_id = ANY(v_submissions))) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'seed_id', r."seed_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of seed_mark does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "seed_mark" r SET "reason" = '[erased]' WHERE (r.seed_id IN (SELECT s.id FROM seed s WHERE s.submission_id = ANY(v_submissions))) AND ((r."reason")::text IS DISTINCT FROM ('[erased]')::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'seed_mark' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'seed_mark' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'seed_mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'seed_id', r."seed_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT * FROM "seed_mark" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'seed' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'seed' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "seed" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.submission_id = ANY(v_submissions)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'marks', r."marks", 'basis', r."basis", 'proposed_by', r."proposed_by", 'reason', r."reason", 'proposed_at', r."proposed_at", 'agreed_by', r."agreed_by", 'agreed_at', r."agreed_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of seed does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "seed" r SET "marks" = (SELECT jsonb_agg(CASE WHEN e.value ? 'reason' THEN e.value || '{"reason": "[erased]"}' ELSE e.value END ORDER BY e.place) FROM jsonb_array_elements(r."marks") WITH ORDINALITY AS e (value, place)), "reason" = '[erased]', "ended_reason" = CASE WHEN r."ended_reason" IS NOT NULL THEN '[erased]' END WHERE (r.submission_id = ANY(v_submissions)) AND ((r."marks")::text IS DISTINCT FROM ((SELECT jsonb_agg(CASE WHEN e.value ? 'reason' THEN e.value || '{"reason": "[erased]"}' ELSE e.value END ORDER BY e.place) FROM jsonb_array_elements(r."marks") WITH ORDINALITY AS e (value, place)))::text OR (r."reason")::text IS DISTINCT FROM ('[erased]')::text OR (r."ended_reason")::text IS DISTINCT FROM (CASE WHEN r."ended_reason" IS NOT NULL THEN '[erased]' END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'seed' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'seed' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'seed', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'marks', r."marks", 'basis', r."basis", 'proposed_by', r."proposed_by", 'reason', r."reason", 'proposed_at', r."proposed_at", 'agreed_by', r."agreed_by", 'agreed_at', r."agreed_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM (SELECT * FROM "seed" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    DELETE FROM "feedback" r WHERE r.attempt_id = ANY(v_attempts);
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'appeal_refund' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'appeal_refund' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "appeal_refund" r LEFT JOIN newest n ON n.record = r.appeal_id::text WHERE (r.appeal_id IN (SELECT q.id FROM appeal q WHERE q.attempt_id = ANY(v_attempts))) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('appeal_id', r."appeal_id", 'reference', r."reference", 'refunded_by', r."refunded_by", 'refunded_at', r."refunded_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of appeal_refund does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "appeal_refund" r SET "reference" = '[erased]' WHERE (r.appeal_id IN (SELECT q.id FROM appeal q WHERE q.attempt_id = ANY(v_attempts))) AND ((r."reference")::text IS DISTINCT FROM ('[erased]')::text) RETURNING r.appeal_id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'appeal_refund' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'appeal_refund' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'appeal_refund', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.appeal_id::text AS record, (SELECT q.attempt_id FROM appeal q WHERE q.id = r.appeal_id) AS attempt, p_erasure::text AS who,
          jsonb_build_object('appeal_id', r."appeal_id", 'reference', r."reference", 'refunded_by', r."refunded_by", 'refunded_at', r."refunded_at")::text AS content FROM (SELECT * FROM "appeal_refund" r WHERE r.appeal_id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'appeal' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'appeal' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "appeal" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.attempt_id = ANY(v_attempts)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'decision_id', r."decision_id", 'submission_id', r."submission_id", 'items', r."items", 'fee_reference', r."fee_reference", 'filed_at', r."filed_at", 'state', r."state", 'settled_at', r."settled_at", 'answer_decision_id', r."answer_decision_id")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of appeal does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "appeal" r SET "items" = (SELECT jsonb_agg(CASE WHEN e.value ? 'text' THEN e.value || '{"text": "[erased]"}' ELSE e.value END ORDER BY e.place) FROM jsonb_array_elements(r."items") WITH ORDINALITY AS e (value, place)), "fee_reference" = CASE WHEN r."fee_reference" IS NOT NULL THEN '[erased]' END WHERE (r.attempt_id = ANY(v_attempts)) AND ((r."items")::text IS DISTINCT FROM ((SELECT jsonb_agg(CASE WHEN e.value ? 'text' THEN e.value || '{"text": "[erased]"}' ELSE e.value END ORDER BY e.place) FROM jsonb_array_elements(r."items") WITH ORDINALITY AS e (value, place)))::text OR (r."fee_reference")::text IS DISTINCT FROM (CASE WHEN r."fee_reference" IS NOT NULL THEN '[erased]' END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'appeal' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'appeal' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'appeal', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'decision_id', r."decision_id", 'submission_id', r."submission_id", 'items', r."items", 'fee_reference', r."fee_reference", 'filed_at', r."filed_at", 'state', r."state", 'settled_at', r."settled_at", 'answer_decision_id', r."answer_decision_id")::text AS content FROM (SELECT * FROM "appeal" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'complaint' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'complaint' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "complaint" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.attempt_id = ANY(v_attempts)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'about', r."about", 'text', r."text", 'filed_at', r."filed_at", 'answer', r."answer", 'answered_by', r."answered_by", 'answered_at', r."answered_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of complaint does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "complaint" r SET "text" = '[erased] ' || r."id", "answer" = CASE WHEN r."answer" IS NOT NULL THEN '[erased]' END WHERE (r.attempt_id = ANY(v_attempts)) AND ((r."text")::text IS DISTINCT FROM ('[erased] ' || r."id")::text OR (r."answer")::text IS DISTINCT FROM (CASE WHEN r."answer" IS NOT NULL THEN '[erased]' END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'complaint' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'complaint' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'complaint', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'about', r."about", 'text', r."text", 'filed_at', r."filed_at", 'answer', r."answer", 'answered_by', r."answered_by", 'answered_at', r."answered_at")::text AS content FROM (SELECT * FROM "complaint" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    DELETE FROM "notice" r WHERE r.attempt_id = ANY(v_attempts);
  END IF;
  IF v_kind IN ('person') THEN
    DELETE FROM "tidings" r WHERE r.attempt_id = ANY(v_attempts);
  END IF;
  IF v_kind IN ('person') THEN
    DELETE FROM "mail" r WHERE r.candidate_id = v_candidate OR r.attempt_id = ANY(v_attempts) OR r.certificate_id = ANY(v_certificates) OR r.watch_id IN (SELECT w.id FROM watch w WHERE w.certificate_id = ANY(v_certificates));
  END IF;
  IF v_kind IN ('person') THEN
    DELETE FROM "watch" r WHERE NOT v_keeps_register AND r.certificate_id = ANY(v_certificates);
  END IF;
  IF v_kind IN ('person', 'answers') THEN
    UPDATE "event" r SET "data" = r."data" || CASE WHEN r."data" ? 'contentHash' THEN jsonb_build_object('contentHash', 'sha-256:' || repeat('0', 64)) ELSE '{}' END || CASE WHEN r."data" ? 'feeReference' THEN '{"feeReference": "[erased]"}'::jsonb ELSE '{}' END WHERE (r.key = ANY(v_attempts) OR r.key = ANY(v_certificates)) AND ((r."data")::text IS DISTINCT FROM (r."data" || CASE WHEN r."data" ? 'contentHash' THEN jsonb_build_object('contentHash', 'sha-256:' || repeat('0', 64)) ELSE '{}' END || CASE WHEN r."data" ? 'feeReference' THEN '{"feeReference": "[erased]"}'::jsonb ELSE '{}' END)::text);
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'accommodation' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'accommodation' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "accommodation" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.candidate_id = v_candidate) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_id', r."exam_id", 'kind', r."kind", 'percent', r."percent", 'valid_from', r."valid_from", 'valid_until', r."valid_until", 'reason', r."reason", 'evidence', r."evidence", 'recorded_by', r."recorded_by", 'recorded_at', r."recorded_at", 'ended_at', r."ended_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of accommodation does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "accommodation" r SET "reason" = '[erased]', "evidence" = CASE WHEN r."evidence" IS NOT NULL THEN '[erased]' END, "kind" = 'other' WHERE (r.candidate_id = v_candidate) AND ((r."reason")::text IS DISTINCT FROM ('[erased]')::text OR (r."evidence")::text IS DISTINCT FROM (CASE WHEN r."evidence" IS NOT NULL THEN '[erased]' END)::text OR (r."kind")::text IS DISTINCT FROM ('other')::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'accommodation' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'accommodation' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'accommodation', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_id', r."exam_id", 'kind', r."kind", 'percent', r."percent", 'valid_from', r."valid_from", 'valid_until', r."valid_until", 'reason', r."reason", 'evidence', r."evidence", 'recorded_by', r."recorded_by", 'recorded_at', r."recorded_at", 'ended_at', r."ended_at")::text AS content FROM (SELECT * FROM "accommodation" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'correction' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'correction' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "correction" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.certificate_id = ANY(v_certificates)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'certificate_id', r."certificate_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'replacement', r."replacement", 'replacement_hash', r."replacement_hash", 'resolution', r."resolution", 'resolved_by', r."resolved_by", 'resolved_reason', r."resolved_reason", 'resolved_at', r."resolved_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of correction does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "correction" r SET "reason" = '[erased]', "replacement" = CASE WHEN r."replacement" ? 'points' THEN jsonb_build_object('points', r."replacement" -> 'points') WHEN r."replacement" IS NOT NULL THEN '{}'::jsonb END, "replacement_hash" = CASE WHEN r."replacement_hash" IS NOT NULL THEN '[erased]' END, "resolved_reason" = CASE WHEN r."resolved_reason" IS NOT NULL THEN '[erased]' END WHERE (r.certificate_id = ANY(v_certificates)) AND ((r."reason")::text IS DISTINCT FROM ('[erased]')::text OR (r."replacement")::text IS DISTINCT FROM (CASE WHEN r."replacement" ? 'points' THEN jsonb_build_object('points', r."replacement" -> 'points') WHEN r."replacement" IS NOT NULL THEN '{}'::jsonb END)::text OR (r."replacement_hash")::text IS DISTINCT FROM (CASE WHEN r."replacement_hash" IS NOT NULL THEN '[erased]' END)::text OR (r."resolved_reason")::text IS DISTINCT FROM (CASE WHEN r."resolved_reason" IS NOT NULL THEN '[erased]' END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'correction' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'correction' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'correction', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT c.attempt_id FROM certificate c WHERE c.id = r.certificate_id) AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'certificate_id', r."certificate_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'replacement', r."replacement", 'replacement_hash', r."replacement_hash", 'resolution', r."resolution", 'resolved_by', r."resolved_by", 'resolved_reason', r."resolved_reason", 'resolved_at', r."resolved_at")::text AS content FROM (SELECT * FROM "correction" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'claimed_act' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'claimed_act' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "claimed_act" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.attempt_id = ANY(v_attempts) OR r.correction_id = ANY(v_corrections)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'correction_id', r."correction_id", 'kind', r."kind", 'terms', r."terms", 'claimed_by', r."claimed_by", 'reason', r."reason", 'claimed_at', r."claimed_at", 'state', r."state", 'settled_by', r."settled_by", 'settled_at', r."settled_at", 'settled_by_act', r."settled_by_act")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of claimed_act does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "claimed_act" r SET "terms" = '{}'::jsonb, "reason" = '[erased]' WHERE (r.attempt_id = ANY(v_attempts) OR r.correction_id = ANY(v_corrections)) AND ((r."terms")::text IS DISTINCT FROM ('{}'::jsonb)::text OR (r."reason")::text IS DISTINCT FROM ('[erased]')::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'claimed_act' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'claimed_act' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'claimed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'correction_id', r."correction_id", 'kind', r."kind", 'terms', r."terms", 'claimed_by', r."claimed_by", 'reason', r."reason", 'claimed_at', r."claimed_at", 'state', r."state", 'settled_by', r."settled_by", 'settled_at', r."settled_at", 'settled_by_act', r."settled_by_act")::text AS content FROM (SELECT * FROM "claimed_act" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    DELETE FROM "vouched_act" r WHERE r.action_key IN (SELECT x.action_key FROM audit_entry x WHERE x.attempt_id = ANY(v_attempts) OR x.certificate_id = ANY(v_certificates)) OR r.action_key = ANY(v_corrections::text[]);
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'proposed_act' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'proposed_act' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "proposed_act" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.candidate_id = v_candidate OR r.attempt_id = ANY(v_attempts)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'operation', r."operation", 'target', r."target", 'params', r."params", 'body', r."body", 'content_hash', r."content_hash", 'request_key', r."request_key", 'reason', r."reason", 'attempt_id', r."attempt_id", 'candidate_id', r."candidate_id", 'proposed_by', r."proposed_by", 'proposed_by_mail', r."proposed_by_mail", 'proposed_at', r."proposed_at", 'expires_at', r."expires_at", 'state', r."state", 'is_break_glass', r."is_break_glass", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'answer', r."answer", 'failure', r."failure", 'ended_at', r."ended_at", 'reviewed_by', r."reviewed_by", 'review', r."review", 'reviewed_at', r."reviewed_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of proposed_act does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "proposed_act" r SET "body" = CASE WHEN r."body" IS NOT NULL THEN '{}'::jsonb END, "content_hash" = 'sha-256:' || repeat('0', 64), "reason" = '[erased]', "settled_reason" = CASE WHEN r."settled_reason" IS NOT NULL THEN '[erased]' END, "answer" = CASE WHEN r."answer" IS NOT NULL THEN jsonb_build_object('status', r."answer" -> 'status') END, "review" = CASE WHEN r."review" IS NOT NULL THEN '[erased]' END WHERE (r.candidate_id = v_candidate OR r.attempt_id = ANY(v_attempts)) AND ((r."body")::text IS DISTINCT FROM (CASE WHEN r."body" IS NOT NULL THEN '{}'::jsonb END)::text OR (r."content_hash")::text IS DISTINCT FROM ('sha-256:' || repeat('0', 64))::text OR (r."reason")::text IS DISTINCT FROM ('[erased]')::text OR (r."settled_reason")::text IS DISTINCT FROM (CASE WHEN r."settled_reason" IS NOT NULL THEN '[erased]' END)::text OR (r."answer")::text IS DISTINCT FROM (CASE WHEN r."answer" IS NOT NULL THEN jsonb_build_object('status', r."answer" -> 'status') END)::text OR (r."review")::text IS DISTINCT FROM (CASE WHEN r."review" IS NOT NULL THEN '[erased]' END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'proposed_act' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'proposed_act' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'proposed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'operation', r."operation", 'target', r."target", 'params', r."params", 'body', r."body", 'content_hash', r."content_hash", 'request_key', r."request_key", 'reason', r."reason", 'attempt_id', r."attempt_id", 'candidate_id', r."candidate_id", 'proposed_by', r."proposed_by", 'proposed_by_mail', r."proposed_by_mail", 'proposed_at', r."proposed_at", 'expires_at', r."expires_at", 'state', r."state", 'is_break_glass', r."is_break_glass", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'answer', r."answer", 'failure', r."failure", 'ended_at', r."ended_at", 'reviewed_by', r."reviewed_by", 'review', r."review", 'reviewed_at', r."reviewed_at")::text AS content FROM (SELECT * FROM "proposed_act" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'retention_hold' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'retention_hold' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "retention_hold" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.candidate_id = v_candidate) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'reason', r."reason", 'placed_by', r."placed_by", 'placed_at', r."placed_at", 'released_by', r."released_by", 'released_reason', r."released_reason", 'released_at', r."released_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of retention_hold does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "retention_hold" r SET "reason" = '[erased]', "released_reason" = CASE WHEN r."released_reason" IS NOT NULL THEN '[erased]' END WHERE (r.candidate_id = v_candidate) AND ((r."reason")::text IS DISTINCT FROM ('[erased]')::text OR (r."released_reason")::text IS DISTINCT FROM (CASE WHEN r."released_reason" IS NOT NULL THEN '[erased]' END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'retention_hold' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'retention_hold' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'retention_hold', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'reason', r."reason", 'placed_by', r."placed_by", 'placed_at', r."placed_at", 'released_by', r."released_by", 'released_reason', r."released_reason", 'released_at', r."released_at")::text AS content FROM (SELECT * FROM "retention_hold" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'erasure' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'erasure' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "erasure" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.candidate_id = v_candidate) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'kind', r."kind", 'attempt_id', r."attempt_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'period_id', r."period_id", 'certificate_ids', r."certificate_ids", 'restored_at', r."restored_at", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of erasure does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "erasure" r SET "settled_reason" = CASE WHEN r."settled_reason" IS NOT NULL THEN '[erased]' END WHERE (r.candidate_id = v_candidate) AND ((r."settled_reason")::text IS DISTINCT FROM (CASE WHEN r."settled_reason" IS NOT NULL THEN '[erased]' END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'erasure' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'erasure' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'erasure', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'kind', r."kind", 'attempt_id', r."attempt_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'period_id', r."period_id", 'certificate_ids', r."certificate_ids", 'restored_at', r."restored_at", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM (SELECT * FROM "erasure" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'audit_entry' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'audit_entry' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "audit_entry" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.attempt_id = ANY(v_attempts) OR r.certificate_id = ANY(v_certificates) OR r.actor = v_subject OR strpos(r.action_key, v_candidate::text) > 0 OR strpos(r.details::text, v_candidate::text) > 0) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'certificate_id', r."certificate_id", 'actor', r."actor", 'action', r."action", 'reason', r."reason", 'details', r."details", 'at', r."at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of audit_entry does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "audit_entry" r SET "actor" = CASE WHEN r."actor" = v_subject THEN v_pseudonym ELSE r."actor" END, "action_key" = replace(r."action_key", v_subject, v_pseudonym), "reason" = CASE WHEN r."actor" = 'system' OR r."reason" = '' THEN r."reason" ELSE '[erased]' END, "details" = (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(r."details") e WHERE jsonb_typeof(e.value) IN ('number', 'boolean') OR e.value #>> '{}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') WHERE (r.attempt_id = ANY(v_attempts) OR r.certificate_id = ANY(v_certificates) OR r.actor = v_subject OR strpos(r.action_key, v_candidate::text) > 0 OR strpos(r.details::text, v_candidate::text) > 0) AND ((r."actor")::text IS DISTINCT FROM (CASE WHEN r."actor" = v_subject THEN v_pseudonym ELSE r."actor" END)::text OR (r."action_key")::text IS DISTINCT FROM (replace(r."action_key", v_subject, v_pseudonym))::text OR (r."reason")::text IS DISTINCT FROM (CASE WHEN r."actor" = 'system' OR r."reason" = '' THEN r."reason" ELSE '[erased]' END)::text OR (r."details")::text IS DISTINCT FROM ((SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(r."details") e WHERE jsonb_typeof(e.value) IN ('number', 'boolean') OR e.value #>> '{}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'))::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'audit_entry' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'audit_entry' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'audit_entry', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'certificate_id', r."certificate_id", 'actor', r."actor", 'action', r."action", 'reason', r."reason", 'details', r."details", 'at', r."at")::text AS content FROM (SELECT * FROM "audit_entry" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'grader_conflict' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'grader_conflict' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "grader_conflict" r LEFT JOIN newest n ON n.record = r.id::text WHERE ((r."kind" = 'candidate' AND r."value" = v_subject) OR (r."kind" = 'email' AND r."value" = v_email)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'grader', r."grader", 'kind', r."kind", 'value', r."value", 'source', r."source", 'declared_by', r."declared_by", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_at', r."ended_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of grader_conflict does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "grader_conflict" r SET "value" = 'erased:' || r."id" WHERE ((r."kind" = 'candidate' AND r."value" = v_subject) OR (r."kind" = 'email' AND r."value" = v_email)) AND ((r."value")::text IS DISTINCT FROM ('erased:' || r."id")::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'grader_conflict' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'grader_conflict' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'grader_conflict', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'grader', r."grader", 'kind', r."kind", 'value', r."value", 'source', r."source", 'declared_by', r."declared_by", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_at', r."ended_at")::text AS content FROM (SELECT * FROM "grader_conflict" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'staff_acquaintance' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'staff_acquaintance' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "staff_acquaintance" r LEFT JOIN newest n ON n.record = r.id::text WHERE ((r."kind" = 'candidate' AND r."value" = v_subject) OR (r."kind" = 'email' AND r."value" = v_email)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'subject', r."subject", 'kind', r."kind", 'value', r."value", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of staff_acquaintance does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "staff_acquaintance" r SET "value" = 'erased:' || r."id", "ended_reason" = CASE WHEN r."ended_reason" IS NOT NULL THEN '[erased]' END WHERE ((r."kind" = 'candidate' AND r."value" = v_subject) OR (r."kind" = 'email' AND r."value" = v_email)) AND ((r."value")::text IS DISTINCT FROM ('erased:' || r."id")::text OR (r."ended_reason")::text IS DISTINCT FROM (CASE WHEN r."ended_reason" IS NOT NULL THEN '[erased]' END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'staff_acquaintance' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'staff_acquaintance' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'staff_acquaintance', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'subject', r."subject", 'kind', r."kind", 'value', r."value", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM (SELECT * FROM "staff_acquaintance" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    DELETE FROM "idempotency" r WHERE r.actor = v_subject OR r.response::text LIKE ANY (v_patterns);
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'certificate' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'certificate' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "certificate" r LEFT JOIN newest n ON n.record = r.id::text WHERE (NOT v_keeps_register AND r.id = ANY(v_certificates)) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'edition', r."edition", 'candidate_id', r."candidate_id", 'number', r."number", 'exam_id', r."exam_id", 'exam_title', r."exam_title", 'name', r."name", 'basis_points', r."basis_points", 'issued_at', r."issued_at", 'status', r."status", 'revision', r."revision", 'status_position', r."status_position", 'credential', r."credential", 'replaces_id', r."replaces_id")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of certificate does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "certificate" r SET "name" = '[erased]', "credential" = CASE WHEN r."credential" ->> 'erased' IS NOT NULL THEN r."credential" WHEN r."credential" IS NOT NULL THEN json_build_object('erased', encode(sha256(convert_to(r."credential"::jsonb::text, 'UTF8')), 'hex')) END, "revision" = CASE WHEN r."name" = '[erased]' THEN r."revision" ELSE r."revision" + 1 END WHERE (NOT v_keeps_register AND r.id = ANY(v_certificates)) AND ((r."name")::text IS DISTINCT FROM ('[erased]')::text OR (r."credential")::text IS DISTINCT FROM (CASE WHEN r."credential" ->> 'erased' IS NOT NULL THEN r."credential" WHEN r."credential" IS NOT NULL THEN json_build_object('erased', encode(sha256(convert_to(r."credential"::jsonb::text, 'UTF8')), 'hex')) END)::text OR (r."revision")::text IS DISTINCT FROM (CASE WHEN r."name" = '[erased]' THEN r."revision" ELSE r."revision" + 1 END)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'certificate' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'certificate' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'certificate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'edition', r."edition", 'candidate_id', r."candidate_id", 'number', r."number", 'exam_id', r."exam_id", 'exam_title', r."exam_title", 'name', r."name", 'basis_points', r."basis_points", 'issued_at', r."issued_at", 'status', r."status", 'revision', r."revision", 'status_position', r."status_position", 'credential', r."credential", 'replaces_id', r."replaces_id")::text AS content FROM (SELECT * FROM "certificate" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_kind IN ('person') THEN
    IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
          SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'candidate' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
          UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'candidate' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
        SELECT 1 FROM "candidate" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.id = v_candidate) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'subject', r."subject", 'name', r."name", 'email', r."email", 'created_at', r."created_at")::text, 'UTF8'))) THEN
      RAISE EXCEPTION 'erasure % is stopped: a record of candidate does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';
    END IF;
    WITH erased AS (UPDATE "candidate" r SET "subject" = v_pseudonym, "name" = '[erased]', "email" = NULL, "locale" = NULL, "time_zone" = NULL WHERE (r.id = v_candidate) AND ((r."subject")::text IS DISTINCT FROM (v_pseudonym)::text OR (r."name")::text IS DISTINCT FROM ('[erased]')::text OR (r."email")::text IS DISTINCT FROM (NULL)::text OR (r."locale")::text IS DISTINCT FROM (NULL)::text OR (r."time_zone")::text IS DISTINCT FROM (NULL)::text) RETURNING r.id::text AS record) SELECT array_agg(record) INTO v_records FROM erased;
    IF v_records IS NOT NULL THEN
      UPDATE ledger_pending e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'candidate' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      UPDATE ledger_entry e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
        who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE kind = 'candidate' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL) AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;
      INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
        SELECT clock_timestamp(), session_user, 'erased', 'candidate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
        FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, p_erasure::text AS who,
          jsonb_build_object('id', r."id", 'subject', r."subject", 'name', r."name", 'email', r."email", 'created_at', r."created_at")::text AS content FROM (SELECT * FROM "candidate" r WHERE r.id::text = ANY(v_records)) r) e;
    END IF;
  END IF;
  IF v_first AND v_kind = 'person' THEN
    INSERT INTO event (id, key, type, data, time)
      SELECT gen_random_uuid(), a.id, 'attempt.erased', jsonb_build_object('attemptId', a.id), clock_timestamp() FROM attempt a WHERE a.candidate_id = v_candidate ORDER BY a.id;
    INSERT INTO event (id, key, type, data, time)
      SELECT gen_random_uuid(), coalesce(c.attempt_id, c.id), 'certificate.erased', jsonb_build_object('certificateId', c.id), clock_timestamp()
      FROM certificate c WHERE NOT v_keeps_register AND c.id = ANY(v_certificates) ORDER BY c.id;
  ELSIF v_first THEN
    INSERT INTO event (id, key, type, data, time)
      VALUES (gen_random_uuid(), v_attempt, 'attempt.data_expired', jsonb_build_object('attemptId', v_attempt, 'kind', v_kind), clock_timestamp());
  END IF;
  UPDATE erasure SET records_erased_at = clock_timestamp() WHERE id = p_erasure AND records_erased_at IS NULL;
  PERFORM set_config('certifiable.erasure', '', true);
END;
$$;

-- The schema of the tables alone, and never one that somebody else may write to.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION "ledger_erasure"() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "ledger_retention_period"() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "erase_person"(UUID) SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE ALL ON FUNCTION "erase_person"(UUID) FROM PUBLIC;
