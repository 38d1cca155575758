-- What is personal of a candidate can be erased (docs/decisions/0027).

CREATE TABLE "erasure" (
    "id" UUID NOT NULL,
    "candidate_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "keeps_register" BOOLEAN NOT NULL,
    "asked_at" TIMESTAMPTZ(3),
    "act_id" UUID,
    "settled_by" TEXT,
    "settled_reason" TEXT,
    "settled_at" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3),
    "records_erased_at" TIMESTAMPTZ(3),
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "erasure_state_check" CHECK ("state" IN ('asked', 'ordered', 'done', 'declined', 'withdrawn')),
    CONSTRAINT "erasure_ordered_check" CHECK ("state" NOT IN ('ordered', 'done') OR num_nonnulls("act_id", "settled_by", "settled_at", "due_at") = 4),
    CONSTRAINT "erasure_declined_check" CHECK ("state" <> 'declined' OR num_nonnulls("settled_by", "settled_reason", "settled_at") = 3),
    CONSTRAINT "erasure_done_check" CHECK (("state" = 'done') = ("done_at" IS NOT NULL) AND ("done_at" IS NULL OR "records_erased_at" IS NOT NULL))
);
CREATE INDEX "erasure_candidate_id_idx" ON "erasure"("candidate_id");
CREATE INDEX "erasure_state_due_at_idx" ON "erasure"("state", "due_at");
CREATE UNIQUE INDEX "erasure_under_way_key" ON "erasure"("candidate_id") WHERE "state" IN ('asked', 'ordered');
ALTER TABLE "erasure" ADD CONSTRAINT "erasure_candidate_id_fkey" FOREIGN KEY ("candidate_id") REFERENCES "candidate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TRIGGER "erasure_stays" BEFORE DELETE ON "erasure" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

CREATE TABLE "retention_hold" (
    "id" UUID NOT NULL,
    "candidate_id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "placed_by" TEXT NOT NULL,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,
    "released_by" TEXT,
    "released_reason" TEXT,
    "released_at" TIMESTAMPTZ(3),

    CONSTRAINT "retention_hold_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "retention_hold_released_check" CHECK (num_nonnulls("released_by", "released_reason", "released_at") IN (0, 3))
);
CREATE INDEX "retention_hold_candidate_id_idx" ON "retention_hold"("candidate_id");
CREATE UNIQUE INDEX "retention_hold_standing_key" ON "retention_hold"("candidate_id") WHERE "released_at" IS NULL;
ALTER TABLE "retention_hold" ADD CONSTRAINT "retention_hold_candidate_id_fkey" FOREIGN KEY ("candidate_id") REFERENCES "candidate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TRIGGER "retention_hold_stays" BEFORE UPDATE OF "id", "candidate_id", "reason", "placed_by", "placed_at" OR DELETE ON "retention_hold" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "retention_hold_released_once" BEFORE UPDATE ON "retention_hold" FOR EACH ROW WHEN (OLD."released_at" IS NOT NULL) EXECUTE FUNCTION "refuse_change"();

-- Who did what an entry tells of, as its leaf has it, where an erasure took the salt away.
ALTER TABLE "ledger_pending" ADD COLUMN "who_hash" BYTEA;
ALTER TABLE "ledger_entry" ADD COLUMN "who_hash" BYTEA;

-- What is append-only changes for nobody but the function that erases, which runs as the owner of the tables.
CREATE OR REPLACE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'TRUNCATE' AND current_setting('certifiable.erasure', true) <> '' AND current_user = (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION "keep_seed"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
BEGIN
  IF TG_OP <> 'TRUNCATE' AND current_setting('certifiable.erasure', true) <> '' AND current_user = (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF OLD.agreed_at IS NULL THEN before := before - 'agreed_by' - 'agreed_at'; after := after - 'agreed_by' - 'agreed_at'; END IF;
  IF OLD.ended_at IS NULL THEN before := before - 'ended_by' - 'ended_reason' - 'ended_at'; after := after - 'ended_by' - 'ended_reason' - 'ended_at'; END IF;
  IF before IS DISTINCT FROM after THEN RAISE EXCEPTION 'seed is append-only but for its ending' USING ERRCODE = 'restrict_violation'; END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION "keep_proposed_act"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'TRUNCATE' AND current_setting('certifiable.erasure', true) <> '' AND current_user = (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
    IF TG_OP = 'DELETE'
        OR (OLD.id, OLD.operation, OLD.target, OLD.params, OLD.body, OLD.content_hash, OLD.request_key, OLD.reason, OLD.attempt_id, OLD.candidate_id, OLD.proposed_by, OLD.proposed_by_mail, OLD.proposed_at, OLD.expires_at)
            IS DISTINCT FROM (NEW.id, NEW.operation, NEW.target, NEW.params, NEW.body, NEW.content_hash, NEW.request_key, NEW.reason, NEW.attempt_id, NEW.candidate_id, NEW.proposed_by, NEW.proposed_by_mail, NEW.proposed_at, NEW.expires_at)
        OR (OLD.state <> 'open' AND (OLD.settled_by, OLD.settled_at, OLD.settled_reason, OLD.is_break_glass)
            IS DISTINCT FROM (NEW.settled_by, NEW.settled_at, NEW.settled_reason, NEW.is_break_glass))
        OR (OLD.state NOT IN ('open', 'confirmed') AND (OLD.state, OLD.answer, OLD.failure, OLD.ended_at) IS DISTINCT FROM (NEW.state, NEW.answer, NEW.failure, NEW.ended_at))
        OR (OLD.state = 'confirmed' AND NEW.state NOT IN ('confirmed', 'done', 'failed'))
        OR (OLD.reviewed_at IS NOT NULL AND (OLD.reviewed_by, OLD.reviewed_at, OLD.review) IS DISTINCT FROM (NEW.reviewed_by, NEW.reviewed_at, NEW.review)) THEN
        RAISE EXCEPTION 'proposed_act is append-only';
    END IF;
    RETURN NEW;
END $$;

-- Both are in the ledger. Written by store/ledger/triggers.ts from store/ledger/forms.ts.
CREATE OR REPLACE FUNCTION "ledger_erasure"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'erasure', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'erasure', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'erasure', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "erasure_ledger_made" AFTER INSERT ON "erasure" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_erasure"();
CREATE TRIGGER "erasure_ledger_changed" AFTER UPDATE ON "erasure" FOR EACH ROW
  WHEN ((OLD."id", OLD."candidate_id", OLD."state", OLD."keeps_register", OLD."asked_at", OLD."act_id", OLD."settled_by", OLD."settled_reason", OLD."settled_at", OLD."due_at", OLD."records_erased_at", OLD."done_at") IS DISTINCT FROM (NEW."id", NEW."candidate_id", NEW."state", NEW."keeps_register", NEW."asked_at", NEW."act_id", NEW."settled_by", NEW."settled_reason", NEW."settled_at", NEW."due_at", NEW."records_erased_at", NEW."done_at")) EXECUTE FUNCTION "ledger_erasure"();
CREATE TRIGGER "erasure_ledger_removed" AFTER DELETE ON "erasure" FOR EACH ROW EXECUTE FUNCTION "ledger_erasure"();
CREATE TRIGGER "erasure_ledger_kept" BEFORE TRUNCATE ON "erasure" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

CREATE OR REPLACE FUNCTION "ledger_retention_hold"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'retention_hold', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.released_by, r.placed_by) AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'reason', r."reason", 'placed_by', r."placed_by", 'placed_at', r."placed_at", 'released_by', r."released_by", 'released_reason', r."released_reason", 'released_at', r."released_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'retention_hold', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.released_by, r.placed_by) AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'reason', r."reason", 'placed_by', r."placed_by", 'placed_at', r."placed_at", 'released_by', r."released_by", 'released_reason', r."released_reason", 'released_at', r."released_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'retention_hold', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.released_by, r.placed_by) AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'reason', r."reason", 'placed_by', r."placed_by", 'placed_at', r."placed_at", 'released_by', r."released_by", 'released_reason', r."released_reason", 'released_at', r."released_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "retention_hold_ledger_made" AFTER INSERT ON "retention_hold" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_retention_hold"();
CREATE TRIGGER "retention_hold_ledger_changed" AFTER UPDATE ON "retention_hold" FOR EACH ROW
  WHEN ((OLD."id", OLD."candidate_id", OLD."reason", OLD."placed_by", OLD."placed_at", OLD."released_by", OLD."released_reason", OLD."released_at") IS DISTINCT FROM (NEW."id", NEW."candidate_id", NEW."reason", NEW."placed_by", NEW."placed_at", NEW."released_by", NEW."released_reason", NEW."released_at")) EXECUTE FUNCTION "ledger_retention_hold"();
CREATE TRIGGER "retention_hold_ledger_removed" AFTER DELETE ON "retention_hold" FOR EACH ROW EXECUTE FUNCTION "ledger_retention_hold"();
CREATE TRIGGER "retention_hold_ledger_kept" BEFORE TRUNCATE ON "retention_hold" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'erasure', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM "erasure" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'retention_hold', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.released_by, r.placed_by) AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'reason', r."reason", 'placed_by', r."placed_by", 'placed_at', r."placed_at", 'released_by', r."released_by", 'released_reason', r."released_reason", 'released_at', r."released_at")::text AS content FROM "retention_hold" r) e;

-- Erases. Written by store/privacy/erasing.ts from store/privacy/personal-data.ts; who may call it, prisma/privileges.ts says.
CREATE OR REPLACE FUNCTION "erase_person"("p_erasure" UUID) RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
DECLARE
  v_candidate UUID;
  v_act UUID;
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
  SELECT e.candidate_id, e.act_id, e.keeps_register, e.records_erased_at IS NULL INTO v_candidate, v_act, v_keeps_register, v_first
    FROM erasure e WHERE e.id = p_erasure AND e.state IN ('ordered', 'done') AND e.due_at <= clock_timestamp() FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'erasure % is not ordered, or not due yet', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
  SELECT c.subject, 'erased:' || c.id, lower(c.email) INTO v_subject, v_pseudonym, v_email FROM candidate c WHERE c.id = v_candidate FOR UPDATE;
  v_attempts := ARRAY(SELECT a.id FROM attempt a WHERE a.candidate_id = v_candidate);
  v_certificates := ARRAY(SELECT c.id FROM certificate c WHERE c.candidate_id = v_candidate OR c.attempt_id = ANY(v_attempts));
  v_corrections := ARRAY(SELECT o.id FROM correction o WHERE o.certificate_id = ANY(v_certificates));
  v_sittings := ARRAY(SELECT s.id FROM sitting s WHERE s.attempt_id = ANY(v_attempts));
  v_submissions := ARRAY(SELECT b.id FROM submission b WHERE b.sitting_id = ANY(v_sittings));
  v_assignments := ARRAY(SELECT t.id FROM assignment t WHERE t.submission_id = ANY(v_submissions));
  v_patterns := ARRAY(SELECT '%' || x || '%' FROM unnest(v_attempts || v_certificates || v_candidate) x);
  IF NOT EXISTS (SELECT 1 FROM proposed_act p WHERE p.id = v_act AND p.operation = 'orderErasure' AND p.candidate_id = v_candidate AND p.state IN ('confirmed', 'done')) THEN
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
  PERFORM set_config('certifiable.erasure', p_erasure::text, true);
  DELETE FROM "response" r WHERE r.sitting_id = ANY(v_sittings);
  DELETE FROM "draft" r WHERE r.assignment_id = ANY(v_assignments);
  UPDATE "upload" r SET "file_name" = '[erased]' WHERE (r.sitting_id = ANY(v_sittings)) AND ((r."file_name")::text IS DISTINCT FROM ('[erased]')::text);
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
  UPDATE "assignment" r SET "answer_hashes" = '{}'::text[] WHERE (r.submission_id = ANY(v_submissions)) AND ((r."answer_hashes")::text IS DISTINCT FROM ('{}'::text[])::text);
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
  UPDATE "group_mark" r SET "reason" = '[erased]', "answer_hash" = 'erased:' || r."id" WHERE (r.id IN (SELECT u.group_mark_id FROM group_mark_use u GROUP BY 1 HAVING bool_and(u.assignment_id = ANY(v_assignments)))) AND ((r."reason")::text IS DISTINCT FROM ('[erased]')::text OR (r."answer_hash")::text IS DISTINCT FROM ('erased:' || r."id")::text);
  DELETE FROM "group_mark_use" r WHERE r.assignment_id = ANY(v_assignments);
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
  DELETE FROM "feedback" r WHERE r.attempt_id = ANY(v_attempts);
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
  DELETE FROM "notice" r WHERE r.attempt_id = ANY(v_attempts);
  DELETE FROM "tidings" r WHERE r.attempt_id = ANY(v_attempts);
  DELETE FROM "mail" r WHERE r.candidate_id = v_candidate OR r.attempt_id = ANY(v_attempts) OR r.certificate_id = ANY(v_certificates) OR r.watch_id IN (SELECT w.id FROM watch w WHERE w.certificate_id = ANY(v_certificates));
  DELETE FROM "watch" r WHERE NOT v_keeps_register AND r.certificate_id = ANY(v_certificates);
  UPDATE "event" r SET "data" = r."data" || CASE WHEN r."data" ? 'contentHash' THEN jsonb_build_object('contentHash', 'sha-256:' || repeat('0', 64)) ELSE '{}' END || CASE WHEN r."data" ? 'feeReference' THEN '{"feeReference": "[erased]"}'::jsonb ELSE '{}' END WHERE (r.key = ANY(v_attempts) OR r.key = ANY(v_certificates)) AND ((r."data")::text IS DISTINCT FROM (r."data" || CASE WHEN r."data" ? 'contentHash' THEN jsonb_build_object('contentHash', 'sha-256:' || repeat('0', 64)) ELSE '{}' END || CASE WHEN r."data" ? 'feeReference' THEN '{"feeReference": "[erased]"}'::jsonb ELSE '{}' END)::text);
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
  DELETE FROM "vouched_act" r WHERE r.action_key IN (SELECT x.action_key FROM audit_entry x WHERE x.attempt_id = ANY(v_attempts) OR x.certificate_id = ANY(v_certificates)) OR r.action_key = ANY(v_corrections::text[]);
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
  IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (
        SELECT record, salt, content, position FROM ledger_entry WHERE kind = 'erasure' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)
        UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE kind = 'erasure' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)) e ORDER BY record, position DESC)
      SELECT 1 FROM "erasure" r LEFT JOIN newest n ON n.record = r.id::text WHERE (r.candidate_id = v_candidate) AND n.content IS DISTINCT FROM sha256(n.salt || convert_to(jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text, 'UTF8'))) THEN
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
        jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'state', r."state", 'keeps_register', r."keeps_register", 'asked_at', r."asked_at", 'act_id', r."act_id", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'due_at', r."due_at", 'records_erased_at', r."records_erased_at", 'done_at', r."done_at")::text AS content FROM (SELECT * FROM "erasure" r WHERE r.id::text = ANY(v_records)) r) e;
  END IF;
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
  DELETE FROM "idempotency" r WHERE r.actor = v_subject OR r.response::text LIKE ANY (v_patterns);
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
  IF v_first THEN
    INSERT INTO event (id, key, type, data, time)
      SELECT gen_random_uuid(), a.id, 'attempt.erased', jsonb_build_object('attemptId', a.id), clock_timestamp() FROM attempt a WHERE a.candidate_id = v_candidate ORDER BY a.id;
    INSERT INTO event (id, key, type, data, time)
      SELECT gen_random_uuid(), coalesce(c.attempt_id, c.id), 'certificate.erased', jsonb_build_object('certificateId', c.id), clock_timestamp()
      FROM certificate c WHERE NOT v_keeps_register AND c.id = ANY(v_certificates) ORDER BY c.id;
  END IF;
  UPDATE erasure SET records_erased_at = clock_timestamp() WHERE id = p_erasure AND records_erased_at IS NULL;
  PERFORM set_config('certifiable.erasure', '', true);
END;
$$;

DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION "ledger_erasure"() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "ledger_retention_hold"() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "erase_person"(UUID) SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE ALL ON FUNCTION "erase_person"(UUID) FROM PUBLIC;
