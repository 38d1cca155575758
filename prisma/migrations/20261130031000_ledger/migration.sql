-- The ledger (docs/decisions/0025): each record of a kind that counts leaves an entry, in its own transaction.

-- CreateTable
CREATE TABLE "reading" (
    "id" UUID NOT NULL,
    "reader" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "about" TEXT NOT NULL,
    "attempt_id" UUID,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reading_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_pending" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by_role" TEXT NOT NULL,
    "act" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "record" TEXT NOT NULL,
    "attempt_id" UUID,
    "who" TEXT,
    "salt" BYTEA NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "ledger_pending_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "position" BIGINT NOT NULL,
    "shard" SMALLINT NOT NULL,
    "shard_index" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by_role" TEXT NOT NULL,
    "act" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "record" TEXT NOT NULL,
    "attempt_id" UUID,
    "who" TEXT,
    "salt" BYTEA NOT NULL,
    "content" BYTEA NOT NULL,
    "previous" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "ledger_node" (
    "level" SMALLINT NOT NULL,
    "index" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "ledger_node_pkey" PRIMARY KEY ("level","index")
);

-- CreateTable
CREATE TABLE "ledger_state" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "size" BIGINT NOT NULL,
    "frontier" TEXT[],
    "shard_sizes" BIGINT[],
    "shard_heads" TEXT[],

    CONSTRAINT "ledger_state_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_head" (
    "number" SERIAL NOT NULL,
    "size" BIGINT NOT NULL,
    "signed_at" TIMESTAMPTZ(3) NOT NULL,
    "jws" TEXT NOT NULL,

    CONSTRAINT "ledger_head_pkey" PRIMARY KEY ("number")
);

-- CreateIndex
CREATE INDEX "reading_attempt_id_idx" ON "reading"("attempt_id");

-- CreateIndex
CREATE UNIQUE INDEX "reading_reader_operation_about_hour_key" ON "reading"("reader", "operation", "about", "hour");

-- CreateIndex
CREATE INDEX "ledger_entry_attempt_id_idx" ON "ledger_entry"("attempt_id");

INSERT INTO "ledger_state" ("size", "frontier", "shard_sizes", "shard_heads")
VALUES (0, '{}', array_fill(0::bigint, ARRAY[16]), array_fill(repeat('0', 64), ARRAY[16]));

CREATE TRIGGER "reading_append_only" BEFORE UPDATE OR DELETE ON "reading" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "ledger_entry_append_only" BEFORE UPDATE OR DELETE ON "ledger_entry" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "ledger_entry_kept" BEFORE TRUNCATE ON "ledger_entry" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "ledger_node_append_only" BEFORE UPDATE OR DELETE ON "ledger_node" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "ledger_head_append_only" BEFORE UPDATE OR DELETE ON "ledger_head" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "ledger_head_kept" BEFORE TRUNCATE ON "ledger_head" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- Written by store/ledger/triggers.ts from store/ledger/forms.ts.

CREATE OR REPLACE FUNCTION "ledger_exam_version"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'exam_version', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.published_by AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'version', r."version", 'title', r."title", 'content', r."content", 'content_hash', r."content_hash", 'published_at', r."published_at", 'published_by', r."published_by")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'exam_version', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.published_by AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'version', r."version", 'title', r."title", 'content', r."content", 'content_hash', r."content_hash", 'published_at', r."published_at", 'published_by', r."published_by")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'exam_version', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.published_by AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'version', r."version", 'title', r."title", 'content', r."content", 'content_hash', r."content_hash", 'published_at', r."published_at", 'published_by', r."published_by")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "exam_version_ledger_made" AFTER INSERT ON "exam_version" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_exam_version"();
CREATE TRIGGER "exam_version_ledger_removed" AFTER DELETE ON "exam_version" FOR EACH ROW EXECUTE FUNCTION "ledger_exam_version"();
CREATE TRIGGER "exam_version_ledger_kept" BEFORE TRUNCATE ON "exam_version" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_exam_retirement"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'exam_retirement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.exam_version_id::text AS record, NULL::uuid AS attempt, r.retired_by AS who,
      jsonb_build_object('exam_version_id', r."exam_version_id", 'retired_by', r."retired_by", 'reason', r."reason", 'retired_at', r."retired_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'exam_retirement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.exam_version_id::text AS record, NULL::uuid AS attempt, r.retired_by AS who,
      jsonb_build_object('exam_version_id', r."exam_version_id", 'retired_by', r."retired_by", 'reason', r."reason", 'retired_at', r."retired_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'exam_retirement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.exam_version_id::text AS record, NULL::uuid AS attempt, r.retired_by AS who,
      jsonb_build_object('exam_version_id', r."exam_version_id", 'retired_by', r."retired_by", 'reason', r."reason", 'retired_at', r."retired_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "exam_retirement_ledger_made" AFTER INSERT ON "exam_retirement" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_exam_retirement"();
CREATE TRIGGER "exam_retirement_ledger_removed" AFTER DELETE ON "exam_retirement" FOR EACH ROW EXECUTE FUNCTION "ledger_exam_retirement"();
CREATE TRIGGER "exam_retirement_ledger_kept" BEFORE TRUNCATE ON "exam_retirement" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_exam_proposal"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'exam_proposal', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.settled_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'version', r."version", 'title', r."title", 'content', r."content", 'content_hash', r."content_hash", 'reason', r."reason", 'proposed_by', r."proposed_by", 'proposed_at', r."proposed_at", 'outcome', r."outcome", 'settled_by', r."settled_by", 'settled_at', r."settled_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'exam_proposal', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.settled_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'version', r."version", 'title', r."title", 'content', r."content", 'content_hash', r."content_hash", 'reason', r."reason", 'proposed_by', r."proposed_by", 'proposed_at', r."proposed_at", 'outcome', r."outcome", 'settled_by', r."settled_by", 'settled_at', r."settled_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'exam_proposal', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.settled_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'version', r."version", 'title', r."title", 'content', r."content", 'content_hash', r."content_hash", 'reason', r."reason", 'proposed_by', r."proposed_by", 'proposed_at', r."proposed_at", 'outcome', r."outcome", 'settled_by', r."settled_by", 'settled_at', r."settled_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "exam_proposal_ledger_made" AFTER INSERT ON "exam_proposal" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_exam_proposal"();
CREATE TRIGGER "exam_proposal_ledger_changed" AFTER UPDATE ON "exam_proposal" FOR EACH ROW
  WHEN ((OLD."id", OLD."exam_id", OLD."version", OLD."title", OLD."content", OLD."content_hash", OLD."reason", OLD."proposed_by", OLD."proposed_at", OLD."outcome", OLD."settled_by", OLD."settled_at") IS DISTINCT FROM (NEW."id", NEW."exam_id", NEW."version", NEW."title", NEW."content", NEW."content_hash", NEW."reason", NEW."proposed_by", NEW."proposed_at", NEW."outcome", NEW."settled_by", NEW."settled_at")) EXECUTE FUNCTION "ledger_exam_proposal"();
CREATE TRIGGER "exam_proposal_ledger_removed" AFTER DELETE ON "exam_proposal" FOR EACH ROW EXECUTE FUNCTION "ledger_exam_proposal"();
CREATE TRIGGER "exam_proposal_ledger_kept" BEFORE TRUNCATE ON "exam_proposal" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_candidate"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'candidate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'subject', r."subject", 'name', r."name", 'email', r."email", 'created_at', r."created_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'candidate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'subject', r."subject", 'name', r."name", 'email', r."email", 'created_at', r."created_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'candidate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'subject', r."subject", 'name', r."name", 'email', r."email", 'created_at', r."created_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "candidate_ledger_made" AFTER INSERT ON "candidate" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_candidate"();
CREATE TRIGGER "candidate_ledger_changed" AFTER UPDATE ON "candidate" FOR EACH ROW
  WHEN ((OLD."id", OLD."subject", OLD."name", OLD."email", OLD."created_at") IS DISTINCT FROM (NEW."id", NEW."subject", NEW."name", NEW."email", NEW."created_at")) EXECUTE FUNCTION "ledger_candidate"();
CREATE TRIGGER "candidate_ledger_removed" AFTER DELETE ON "candidate" FOR EACH ROW EXECUTE FUNCTION "ledger_candidate"();
CREATE TRIGGER "candidate_ledger_kept" BEFORE TRUNCATE ON "candidate" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_accommodation"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'accommodation', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_id', r."exam_id", 'kind', r."kind", 'percent', r."percent", 'valid_from', r."valid_from", 'valid_until', r."valid_until", 'reason', r."reason", 'evidence', r."evidence", 'recorded_by', r."recorded_by", 'recorded_at', r."recorded_at", 'ended_at', r."ended_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'accommodation', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_id', r."exam_id", 'kind', r."kind", 'percent', r."percent", 'valid_from', r."valid_from", 'valid_until', r."valid_until", 'reason', r."reason", 'evidence', r."evidence", 'recorded_by', r."recorded_by", 'recorded_at', r."recorded_at", 'ended_at', r."ended_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'accommodation', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_id', r."exam_id", 'kind', r."kind", 'percent', r."percent", 'valid_from', r."valid_from", 'valid_until', r."valid_until", 'reason', r."reason", 'evidence', r."evidence", 'recorded_by', r."recorded_by", 'recorded_at', r."recorded_at", 'ended_at', r."ended_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "accommodation_ledger_made" AFTER INSERT ON "accommodation" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_accommodation"();
CREATE TRIGGER "accommodation_ledger_changed" AFTER UPDATE ON "accommodation" FOR EACH ROW
  WHEN ((OLD."id", OLD."candidate_id", OLD."exam_id", OLD."kind", OLD."percent", OLD."valid_from", OLD."valid_until", OLD."reason", OLD."evidence", OLD."recorded_by", OLD."recorded_at", OLD."ended_at") IS DISTINCT FROM (NEW."id", NEW."candidate_id", NEW."exam_id", NEW."kind", NEW."percent", NEW."valid_from", NEW."valid_until", NEW."reason", NEW."evidence", NEW."recorded_by", NEW."recorded_at", NEW."ended_at")) EXECUTE FUNCTION "ledger_accommodation"();
CREATE TRIGGER "accommodation_ledger_removed" AFTER DELETE ON "accommodation" FOR EACH ROW EXECUTE FUNCTION "ledger_accommodation"();
CREATE TRIGGER "accommodation_ledger_kept" BEFORE TRUNCATE ON "accommodation" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_attempt"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'attempt', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_version_id', r."exam_version_id", 'exam_id', r."exam_id", 'accommodation_percent', r."accommodation_percent", 'registered_at', r."registered_at", 'start_by', r."start_by", 'download_by', r."download_by", 'aptitude_decision_id', r."aptitude_decision_id", 'outcome', r."outcome", 'outcome_reason', r."outcome_reason", 'settled_at', r."settled_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'attempt', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_version_id', r."exam_version_id", 'exam_id', r."exam_id", 'accommodation_percent', r."accommodation_percent", 'registered_at', r."registered_at", 'start_by', r."start_by", 'download_by', r."download_by", 'aptitude_decision_id', r."aptitude_decision_id", 'outcome', r."outcome", 'outcome_reason', r."outcome_reason", 'settled_at', r."settled_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'attempt', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_version_id', r."exam_version_id", 'exam_id', r."exam_id", 'accommodation_percent', r."accommodation_percent", 'registered_at', r."registered_at", 'start_by', r."start_by", 'download_by', r."download_by", 'aptitude_decision_id', r."aptitude_decision_id", 'outcome', r."outcome", 'outcome_reason', r."outcome_reason", 'settled_at', r."settled_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "attempt_ledger_made" AFTER INSERT ON "attempt" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_attempt"();
CREATE TRIGGER "attempt_ledger_changed" AFTER UPDATE ON "attempt" FOR EACH ROW
  WHEN ((OLD."id", OLD."candidate_id", OLD."exam_version_id", OLD."exam_id", OLD."accommodation_percent", OLD."registered_at", OLD."start_by", OLD."download_by", OLD."aptitude_decision_id", OLD."outcome", OLD."outcome_reason", OLD."settled_at") IS DISTINCT FROM (NEW."id", NEW."candidate_id", NEW."exam_version_id", NEW."exam_id", NEW."accommodation_percent", NEW."registered_at", NEW."start_by", NEW."download_by", NEW."aptitude_decision_id", NEW."outcome", NEW."outcome_reason", NEW."settled_at")) EXECUTE FUNCTION "ledger_attempt"();
CREATE TRIGGER "attempt_ledger_removed" AFTER DELETE ON "attempt" FOR EACH ROW EXECUTE FUNCTION "ledger_attempt"();
CREATE TRIGGER "attempt_ledger_kept" BEFORE TRUNCATE ON "attempt" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_extension"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'extension', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'position', r."position", 'attempt_id', r."attempt_id", 'window', r."window", 'kind', r."kind", 'until', r."until", 'granted_at', r."granted_at", 'outage_id', r."outage_id", 'outage_from', r."outage_from", 'outage_to', r."outage_to", 'extra_seconds', r."extra_seconds")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'extension', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'position', r."position", 'attempt_id', r."attempt_id", 'window', r."window", 'kind', r."kind", 'until', r."until", 'granted_at', r."granted_at", 'outage_id', r."outage_id", 'outage_from', r."outage_from", 'outage_to', r."outage_to", 'extra_seconds', r."extra_seconds")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'extension', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'position', r."position", 'attempt_id', r."attempt_id", 'window', r."window", 'kind', r."kind", 'until', r."until", 'granted_at', r."granted_at", 'outage_id', r."outage_id", 'outage_from', r."outage_from", 'outage_to', r."outage_to", 'extra_seconds', r."extra_seconds")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "extension_ledger_made" AFTER INSERT ON "extension" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_extension"();
CREATE TRIGGER "extension_ledger_removed" AFTER DELETE ON "extension" FOR EACH ROW EXECUTE FUNCTION "ledger_extension"();
CREATE TRIGGER "extension_ledger_kept" BEFORE TRUNCATE ON "extension" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_sitting"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'sitting', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'round', r."round", 'started_at', r."started_at", 'deadline', r."deadline", 'frozen_at', r."frozen_at", 'case_study_id', r."case_study_id")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'sitting', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'round', r."round", 'started_at', r."started_at", 'deadline', r."deadline", 'frozen_at', r."frozen_at", 'case_study_id', r."case_study_id")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'sitting', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'round', r."round", 'started_at', r."started_at", 'deadline', r."deadline", 'frozen_at', r."frozen_at", 'case_study_id', r."case_study_id")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "sitting_ledger_made" AFTER INSERT ON "sitting" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_sitting"();
CREATE TRIGGER "sitting_ledger_changed" AFTER UPDATE ON "sitting" FOR EACH ROW
  WHEN ((OLD."id", OLD."attempt_id", OLD."test", OLD."round", OLD."started_at", OLD."deadline", OLD."frozen_at", OLD."case_study_id") IS DISTINCT FROM (NEW."id", NEW."attempt_id", NEW."test", NEW."round", NEW."started_at", NEW."deadline", NEW."frozen_at", NEW."case_study_id")) EXECUTE FUNCTION "ledger_sitting"();
CREATE TRIGGER "sitting_ledger_removed" AFTER DELETE ON "sitting" FOR EACH ROW EXECUTE FUNCTION "ledger_sitting"();
CREATE TRIGGER "sitting_ledger_kept" BEFORE TRUNCATE ON "sitting" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_submission"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'submission', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM sitting s WHERE s.id = r.sitting_id) AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'sitting_id', r."sitting_id", 'round', r."round", 'cause', r."cause", 'content_hash', r."content_hash", 'content', r."content", 'upload_id', r."upload_id", 'submitted_at', r."submitted_at", 'receipt', r."receipt")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'submission', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM sitting s WHERE s.id = r.sitting_id) AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'sitting_id', r."sitting_id", 'round', r."round", 'cause', r."cause", 'content_hash', r."content_hash", 'content', r."content", 'upload_id', r."upload_id", 'submitted_at', r."submitted_at", 'receipt', r."receipt")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'submission', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM sitting s WHERE s.id = r.sitting_id) AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'sitting_id', r."sitting_id", 'round', r."round", 'cause', r."cause", 'content_hash', r."content_hash", 'content', r."content", 'upload_id', r."upload_id", 'submitted_at', r."submitted_at", 'receipt', r."receipt")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "submission_ledger_made" AFTER INSERT ON "submission" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_submission"();
CREATE TRIGGER "submission_ledger_removed" AFTER DELETE ON "submission" FOR EACH ROW EXECUTE FUNCTION "ledger_submission"();
CREATE TRIGGER "submission_ledger_kept" BEFORE TRUNCATE ON "submission" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_claim"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'claim', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'claimed_at', r."claimed_at", 'released_at', r."released_at", 'release_cause', r."release_cause", 'release_reason', r."release_reason")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'claim', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'claimed_at', r."claimed_at", 'released_at', r."released_at", 'release_cause', r."release_cause", 'release_reason', r."release_reason")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'claim', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'claimed_at', r."claimed_at", 'released_at', r."released_at", 'release_cause', r."release_cause", 'release_reason', r."release_reason")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "claim_ledger_made" AFTER INSERT ON "claim" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_claim"();
CREATE TRIGGER "claim_ledger_changed" AFTER UPDATE ON "claim" FOR EACH ROW
  WHEN ((OLD."id", OLD."assignment_id", OLD."submission_id", OLD."grader", OLD."fencing_token", OLD."claimed_at", OLD."released_at", OLD."release_cause", OLD."release_reason") IS DISTINCT FROM (NEW."id", NEW."assignment_id", NEW."submission_id", NEW."grader", NEW."fencing_token", NEW."claimed_at", NEW."released_at", NEW."release_cause", NEW."release_reason")) EXECUTE FUNCTION "ledger_claim"();
CREATE TRIGGER "claim_ledger_removed" AFTER DELETE ON "claim" FOR EACH ROW EXECUTE FUNCTION "ledger_claim"();
CREATE TRIGGER "claim_ledger_kept" BEFORE TRUNCATE ON "claim" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_mark"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "mark_ledger_made" AFTER INSERT ON "mark" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_mark"();
CREATE TRIGGER "mark_ledger_removed" AFTER DELETE ON "mark" FOR EACH ROW EXECUTE FUNCTION "ledger_mark"();
CREATE TRIGGER "mark_ledger_kept" BEFORE TRUNCATE ON "mark" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_file_flag"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'file_flag', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE t.id = r.assignment_id) AS attempt, coalesce(r.settled_by, r.grader) AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'reason', r."reason", 'flagged_at', r."flagged_at", 'settled_at', r."settled_at", 'settlement', r."settlement", 'settled_by', r."settled_by")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'file_flag', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE t.id = r.assignment_id) AS attempt, coalesce(r.settled_by, r.grader) AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'reason', r."reason", 'flagged_at', r."flagged_at", 'settled_at', r."settled_at", 'settlement', r."settlement", 'settled_by', r."settled_by")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'file_flag', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE t.id = r.assignment_id) AS attempt, coalesce(r.settled_by, r.grader) AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'reason', r."reason", 'flagged_at', r."flagged_at", 'settled_at', r."settled_at", 'settlement', r."settlement", 'settled_by', r."settled_by")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "file_flag_ledger_made" AFTER INSERT ON "file_flag" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_file_flag"();
CREATE TRIGGER "file_flag_ledger_changed" AFTER UPDATE ON "file_flag" FOR EACH ROW
  WHEN ((OLD."id", OLD."assignment_id", OLD."grader", OLD."fencing_token", OLD."reason", OLD."flagged_at", OLD."settled_at", OLD."settlement", OLD."settled_by") IS DISTINCT FROM (NEW."id", NEW."assignment_id", NEW."grader", NEW."fencing_token", NEW."reason", NEW."flagged_at", NEW."settled_at", NEW."settlement", NEW."settled_by")) EXECUTE FUNCTION "ledger_file_flag"();
CREATE TRIGGER "file_flag_ledger_removed" AFTER DELETE ON "file_flag" FOR EACH ROW EXECUTE FUNCTION "ledger_file_flag"();
CREATE TRIGGER "file_flag_ledger_kept" BEFORE TRUNCATE ON "file_flag" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_assessment"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'assessment', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'marking_model_id', r."marking_model_id", 'inputs_hash', r."inputs_hash", 'probability', r."probability", 'limit', r."limit", 'machine_check', r."machine_check", 'sampling_generation', r."sampling_generation", 'pooled_items', r."pooled_items", 'pooled_grader', r."pooled_grader", 'reasons', r."reasons", 'opens', r."opens", 'assessed_at', r."assessed_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'assessment', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'marking_model_id', r."marking_model_id", 'inputs_hash', r."inputs_hash", 'probability', r."probability", 'limit', r."limit", 'machine_check', r."machine_check", 'sampling_generation', r."sampling_generation", 'pooled_items', r."pooled_items", 'pooled_grader', r."pooled_grader", 'reasons', r."reasons", 'opens', r."opens", 'assessed_at', r."assessed_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'assessment', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'marking_model_id', r."marking_model_id", 'inputs_hash', r."inputs_hash", 'probability', r."probability", 'limit', r."limit", 'machine_check', r."machine_check", 'sampling_generation', r."sampling_generation", 'pooled_items', r."pooled_items", 'pooled_grader', r."pooled_grader", 'reasons', r."reasons", 'opens', r."opens", 'assessed_at', r."assessed_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "assessment_ledger_made" AFTER INSERT ON "assessment" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_assessment"();
CREATE TRIGGER "assessment_ledger_removed" AFTER DELETE ON "assessment" FOR EACH ROW EXECUTE FUNCTION "ledger_assessment"();
CREATE TRIGGER "assessment_ledger_kept" BEFORE TRUNCATE ON "assessment" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_decision"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'decision', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'grading_round', r."grading_round", 'submission_id', r."submission_id", 'passed', r."passed", 'millipoints', r."millipoints", 'millipoints_max', r."millipoints_max", 'basis_points', r."basis_points", 'items', r."items", 'supersedes_id', r."supersedes_id", 'regrade_ids', r."regrade_ids", 'decided_at', r."decided_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'decision', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'grading_round', r."grading_round", 'submission_id', r."submission_id", 'passed', r."passed", 'millipoints', r."millipoints", 'millipoints_max', r."millipoints_max", 'basis_points', r."basis_points", 'items', r."items", 'supersedes_id', r."supersedes_id", 'regrade_ids', r."regrade_ids", 'decided_at', r."decided_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'decision', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'grading_round', r."grading_round", 'submission_id', r."submission_id", 'passed', r."passed", 'millipoints', r."millipoints", 'millipoints_max', r."millipoints_max", 'basis_points', r."basis_points", 'items', r."items", 'supersedes_id', r."supersedes_id", 'regrade_ids', r."regrade_ids", 'decided_at', r."decided_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "decision_ledger_made" AFTER INSERT ON "decision" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_decision"();
CREATE TRIGGER "decision_ledger_removed" AFTER DELETE ON "decision" FOR EACH ROW EXECUTE FUNCTION "ledger_decision"();
CREATE TRIGGER "decision_ledger_kept" BEFORE TRUNCATE ON "decision" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_appeal"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'appeal', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'decision_id', r."decision_id", 'submission_id', r."submission_id", 'items', r."items", 'fee_reference', r."fee_reference", 'filed_at', r."filed_at", 'state', r."state", 'settled_at', r."settled_at", 'answer_decision_id', r."answer_decision_id")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'appeal', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'decision_id', r."decision_id", 'submission_id', r."submission_id", 'items', r."items", 'fee_reference', r."fee_reference", 'filed_at', r."filed_at", 'state', r."state", 'settled_at', r."settled_at", 'answer_decision_id', r."answer_decision_id")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'appeal', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'decision_id', r."decision_id", 'submission_id', r."submission_id", 'items', r."items", 'fee_reference', r."fee_reference", 'filed_at', r."filed_at", 'state', r."state", 'settled_at', r."settled_at", 'answer_decision_id', r."answer_decision_id")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "appeal_ledger_made" AFTER INSERT ON "appeal" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_appeal"();
CREATE TRIGGER "appeal_ledger_changed" AFTER UPDATE ON "appeal" FOR EACH ROW
  WHEN ((OLD."id", OLD."attempt_id", OLD."test", OLD."decision_id", OLD."submission_id", OLD."items", OLD."fee_reference", OLD."filed_at", OLD."state", OLD."settled_at", OLD."answer_decision_id") IS DISTINCT FROM (NEW."id", NEW."attempt_id", NEW."test", NEW."decision_id", NEW."submission_id", NEW."items", NEW."fee_reference", NEW."filed_at", NEW."state", NEW."settled_at", NEW."answer_decision_id")) EXECUTE FUNCTION "ledger_appeal"();
CREATE TRIGGER "appeal_ledger_removed" AFTER DELETE ON "appeal" FOR EACH ROW EXECUTE FUNCTION "ledger_appeal"();
CREATE TRIGGER "appeal_ledger_kept" BEFORE TRUNCATE ON "appeal" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_regrade"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'regrade', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.settled_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'versions', r."versions", 'test', r."test", 'case_study_id', r."case_study_id", 'item_id', r."item_id", 'change', r."change", 'submitted_from', r."submitted_from", 'submitted_until', r."submitted_until", 'reason', r."reason", 'opened_by', r."opened_by", 'opened_at', r."opened_at", 'previewed_at', r."previewed_at", 'preview_hash', r."preview_hash", 'outcome', r."outcome", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'finished_at', r."finished_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'regrade', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.settled_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'versions', r."versions", 'test', r."test", 'case_study_id', r."case_study_id", 'item_id', r."item_id", 'change', r."change", 'submitted_from', r."submitted_from", 'submitted_until', r."submitted_until", 'reason', r."reason", 'opened_by', r."opened_by", 'opened_at', r."opened_at", 'previewed_at', r."previewed_at", 'preview_hash', r."preview_hash", 'outcome', r."outcome", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'finished_at', r."finished_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'regrade', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.settled_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'versions', r."versions", 'test', r."test", 'case_study_id', r."case_study_id", 'item_id', r."item_id", 'change', r."change", 'submitted_from', r."submitted_from", 'submitted_until', r."submitted_until", 'reason', r."reason", 'opened_by', r."opened_by", 'opened_at', r."opened_at", 'previewed_at', r."previewed_at", 'preview_hash', r."preview_hash", 'outcome', r."outcome", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'finished_at', r."finished_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "regrade_ledger_made" AFTER INSERT ON "regrade" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_regrade"();
CREATE TRIGGER "regrade_ledger_changed" AFTER UPDATE ON "regrade" FOR EACH ROW
  WHEN ((OLD."id", OLD."exam_id", OLD."versions", OLD."test", OLD."case_study_id", OLD."item_id", OLD."change", OLD."submitted_from", OLD."submitted_until", OLD."reason", OLD."opened_by", OLD."opened_at", OLD."previewed_at", OLD."preview_hash", OLD."outcome", OLD."settled_by", OLD."settled_reason", OLD."settled_at", OLD."finished_at") IS DISTINCT FROM (NEW."id", NEW."exam_id", NEW."versions", NEW."test", NEW."case_study_id", NEW."item_id", NEW."change", NEW."submitted_from", NEW."submitted_until", NEW."reason", NEW."opened_by", NEW."opened_at", NEW."previewed_at", NEW."preview_hash", NEW."outcome", NEW."settled_by", NEW."settled_reason", NEW."settled_at", NEW."finished_at")) EXECUTE FUNCTION "ledger_regrade"();
CREATE TRIGGER "regrade_ledger_removed" AFTER DELETE ON "regrade" FOR EACH ROW EXECUTE FUNCTION "ledger_regrade"();
CREATE TRIGGER "regrade_ledger_kept" BEFORE TRUNCATE ON "regrade" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_certificate"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'certificate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'edition', r."edition", 'candidate_id', r."candidate_id", 'number', r."number", 'exam_id', r."exam_id", 'exam_title', r."exam_title", 'name', r."name", 'basis_points', r."basis_points", 'issued_at', r."issued_at", 'status', r."status", 'revision', r."revision", 'status_position', r."status_position", 'credential', r."credential", 'replaces_id', r."replaces_id")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'certificate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'edition', r."edition", 'candidate_id', r."candidate_id", 'number', r."number", 'exam_id', r."exam_id", 'exam_title', r."exam_title", 'name', r."name", 'basis_points', r."basis_points", 'issued_at', r."issued_at", 'status', r."status", 'revision', r."revision", 'status_position', r."status_position", 'credential', r."credential", 'replaces_id', r."replaces_id")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'certificate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'edition', r."edition", 'candidate_id', r."candidate_id", 'number', r."number", 'exam_id', r."exam_id", 'exam_title', r."exam_title", 'name', r."name", 'basis_points', r."basis_points", 'issued_at', r."issued_at", 'status', r."status", 'revision', r."revision", 'status_position', r."status_position", 'credential', r."credential", 'replaces_id', r."replaces_id")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "certificate_ledger_made" AFTER INSERT ON "certificate" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_certificate"();
CREATE TRIGGER "certificate_ledger_changed" AFTER UPDATE ON "certificate" FOR EACH ROW
  WHEN ((OLD."id", OLD."attempt_id", OLD."edition", OLD."candidate_id", OLD."number", OLD."exam_id", OLD."exam_title", OLD."name", OLD."basis_points", OLD."issued_at", OLD."status", OLD."revision", OLD."status_position", OLD."credential"::text, OLD."replaces_id") IS DISTINCT FROM (NEW."id", NEW."attempt_id", NEW."edition", NEW."candidate_id", NEW."number", NEW."exam_id", NEW."exam_title", NEW."name", NEW."basis_points", NEW."issued_at", NEW."status", NEW."revision", NEW."status_position", NEW."credential"::text, NEW."replaces_id")) EXECUTE FUNCTION "ledger_certificate"();
CREATE TRIGGER "certificate_ledger_removed" AFTER DELETE ON "certificate" FOR EACH ROW EXECUTE FUNCTION "ledger_certificate"();
CREATE TRIGGER "certificate_ledger_kept" BEFORE TRUNCATE ON "certificate" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_correction"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'correction', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT c.attempt_id FROM certificate c WHERE c.id = r.certificate_id) AS attempt, coalesce(r.resolved_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'certificate_id', r."certificate_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'replacement', r."replacement", 'replacement_hash', r."replacement_hash", 'resolution', r."resolution", 'resolved_by', r."resolved_by", 'resolved_reason', r."resolved_reason", 'resolved_at', r."resolved_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'correction', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT c.attempt_id FROM certificate c WHERE c.id = r.certificate_id) AS attempt, coalesce(r.resolved_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'certificate_id', r."certificate_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'replacement', r."replacement", 'replacement_hash', r."replacement_hash", 'resolution', r."resolution", 'resolved_by', r."resolved_by", 'resolved_reason', r."resolved_reason", 'resolved_at', r."resolved_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'correction', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT c.attempt_id FROM certificate c WHERE c.id = r.certificate_id) AS attempt, coalesce(r.resolved_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'certificate_id', r."certificate_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'replacement', r."replacement", 'replacement_hash', r."replacement_hash", 'resolution', r."resolution", 'resolved_by', r."resolved_by", 'resolved_reason', r."resolved_reason", 'resolved_at', r."resolved_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "correction_ledger_made" AFTER INSERT ON "correction" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_correction"();
CREATE TRIGGER "correction_ledger_changed" AFTER UPDATE ON "correction" FOR EACH ROW
  WHEN ((OLD."id", OLD."certificate_id", OLD."opened_by", OLD."reason", OLD."opened_at", OLD."replacement", OLD."replacement_hash", OLD."resolution", OLD."resolved_by", OLD."resolved_reason", OLD."resolved_at") IS DISTINCT FROM (NEW."id", NEW."certificate_id", NEW."opened_by", NEW."reason", NEW."opened_at", NEW."replacement", NEW."replacement_hash", NEW."resolution", NEW."resolved_by", NEW."resolved_reason", NEW."resolved_at")) EXECUTE FUNCTION "ledger_correction"();
CREATE TRIGGER "correction_ledger_removed" AFTER DELETE ON "correction" FOR EACH ROW EXECUTE FUNCTION "ledger_correction"();
CREATE TRIGGER "correction_ledger_kept" BEFORE TRUNCATE ON "correction" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_issuer_key"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'issuer_key', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.public_key_multibase AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('public_key_multibase', r."public_key_multibase", 'first_used_at', r."first_used_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'issuer_key', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.public_key_multibase AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('public_key_multibase', r."public_key_multibase", 'first_used_at', r."first_used_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'issuer_key', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.public_key_multibase AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('public_key_multibase', r."public_key_multibase", 'first_used_at', r."first_used_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "issuer_key_ledger_made" AFTER INSERT ON "issuer_key" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_issuer_key"();
CREATE TRIGGER "issuer_key_ledger_changed" AFTER UPDATE ON "issuer_key" FOR EACH ROW
  WHEN ((OLD."public_key_multibase", OLD."first_used_at") IS DISTINCT FROM (NEW."public_key_multibase", NEW."first_used_at")) EXECUTE FUNCTION "ledger_issuer_key"();
CREATE TRIGGER "issuer_key_ledger_removed" AFTER DELETE ON "issuer_key" FOR EACH ROW EXECUTE FUNCTION "ledger_issuer_key"();
CREATE TRIGGER "issuer_key_ledger_kept" BEFORE TRUNCATE ON "issuer_key" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_audit_entry"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'audit_entry', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.actor AS who,
      jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'certificate_id', r."certificate_id", 'actor', r."actor", 'action', r."action", 'reason', r."reason", 'details', r."details", 'at', r."at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'audit_entry', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.actor AS who,
      jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'certificate_id', r."certificate_id", 'actor', r."actor", 'action', r."action", 'reason', r."reason", 'details', r."details", 'at', r."at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'audit_entry', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.actor AS who,
      jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'certificate_id', r."certificate_id", 'actor', r."actor", 'action', r."action", 'reason', r."reason", 'details', r."details", 'at', r."at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "audit_entry_ledger_made" AFTER INSERT ON "audit_entry" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_audit_entry"();
CREATE TRIGGER "audit_entry_ledger_removed" AFTER DELETE ON "audit_entry" FOR EACH ROW EXECUTE FUNCTION "ledger_audit_entry"();
CREATE TRIGGER "audit_entry_ledger_kept" BEFORE TRUNCATE ON "audit_entry" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_claimed_act"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'claimed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, coalesce(r.settled_by, r.claimed_by) AS who,
      jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'correction_id', r."correction_id", 'kind', r."kind", 'terms', r."terms", 'claimed_by', r."claimed_by", 'reason', r."reason", 'claimed_at', r."claimed_at", 'state', r."state", 'settled_by', r."settled_by", 'settled_at', r."settled_at", 'settled_by_act', r."settled_by_act")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'claimed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, coalesce(r.settled_by, r.claimed_by) AS who,
      jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'correction_id', r."correction_id", 'kind', r."kind", 'terms', r."terms", 'claimed_by', r."claimed_by", 'reason', r."reason", 'claimed_at', r."claimed_at", 'state', r."state", 'settled_by', r."settled_by", 'settled_at', r."settled_at", 'settled_by_act', r."settled_by_act")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'claimed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, coalesce(r.settled_by, r.claimed_by) AS who,
      jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'correction_id', r."correction_id", 'kind', r."kind", 'terms', r."terms", 'claimed_by', r."claimed_by", 'reason', r."reason", 'claimed_at', r."claimed_at", 'state', r."state", 'settled_by', r."settled_by", 'settled_at', r."settled_at", 'settled_by_act', r."settled_by_act")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "claimed_act_ledger_made" AFTER INSERT ON "claimed_act" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_claimed_act"();
CREATE TRIGGER "claimed_act_ledger_changed" AFTER UPDATE ON "claimed_act" FOR EACH ROW
  WHEN ((OLD."id", OLD."action_key", OLD."attempt_id", OLD."correction_id", OLD."kind", OLD."terms", OLD."claimed_by", OLD."reason", OLD."claimed_at", OLD."state", OLD."settled_by", OLD."settled_at", OLD."settled_by_act") IS DISTINCT FROM (NEW."id", NEW."action_key", NEW."attempt_id", NEW."correction_id", NEW."kind", NEW."terms", NEW."claimed_by", NEW."reason", NEW."claimed_at", NEW."state", NEW."settled_by", NEW."settled_at", NEW."settled_by_act")) EXECUTE FUNCTION "ledger_claimed_act"();
CREATE TRIGGER "claimed_act_ledger_removed" AFTER DELETE ON "claimed_act" FOR EACH ROW EXECUTE FUNCTION "ledger_claimed_act"();
CREATE TRIGGER "claimed_act_ledger_kept" BEFORE TRUNCATE ON "claimed_act" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_grader"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'grader', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.subject AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('subject', r."subject", 'designated', r."designated", 'state', r."state", 'qualifications', r."qualifications", 'languages', r."languages")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'grader', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.subject AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('subject', r."subject", 'designated', r."designated", 'state', r."state", 'qualifications', r."qualifications", 'languages', r."languages")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'grader', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.subject AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('subject', r."subject", 'designated', r."designated", 'state', r."state", 'qualifications', r."qualifications", 'languages', r."languages")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "grader_ledger_made" AFTER INSERT ON "grader" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_grader"();
CREATE TRIGGER "grader_ledger_changed" AFTER UPDATE ON "grader" FOR EACH ROW
  WHEN ((OLD."subject", OLD."designated", OLD."state", OLD."qualifications", OLD."languages") IS DISTINCT FROM (NEW."subject", NEW."designated", NEW."state", NEW."qualifications", NEW."languages")) EXECUTE FUNCTION "ledger_grader"();
CREATE TRIGGER "grader_ledger_removed" AFTER DELETE ON "grader" FOR EACH ROW EXECUTE FUNCTION "ledger_grader"();
CREATE TRIGGER "grader_ledger_kept" BEFORE TRUNCATE ON "grader" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_grader_conflict"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'grader_conflict', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.ended_by, r.declared_by) AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'kind', r."kind", 'value', r."value", 'source', r."source", 'declared_by', r."declared_by", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_at', r."ended_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'grader_conflict', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.ended_by, r.declared_by) AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'kind', r."kind", 'value', r."value", 'source', r."source", 'declared_by', r."declared_by", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_at', r."ended_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'grader_conflict', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.ended_by, r.declared_by) AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'kind', r."kind", 'value', r."value", 'source', r."source", 'declared_by', r."declared_by", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_at', r."ended_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "grader_conflict_ledger_made" AFTER INSERT ON "grader_conflict" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_grader_conflict"();
CREATE TRIGGER "grader_conflict_ledger_changed" AFTER UPDATE ON "grader_conflict" FOR EACH ROW
  WHEN ((OLD."id", OLD."grader", OLD."kind", OLD."value", OLD."source", OLD."declared_by", OLD."declared_at", OLD."ended_by", OLD."ended_at") IS DISTINCT FROM (NEW."id", NEW."grader", NEW."kind", NEW."value", NEW."source", NEW."declared_by", NEW."declared_at", NEW."ended_by", NEW."ended_at")) EXECUTE FUNCTION "ledger_grader_conflict"();
CREATE TRIGGER "grader_conflict_ledger_removed" AFTER DELETE ON "grader_conflict" FOR EACH ROW EXECUTE FUNCTION "ledger_grader_conflict"();
CREATE TRIGGER "grader_conflict_ledger_kept" BEFORE TRUNCATE ON "grader_conflict" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_seed"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'seed', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, coalesce(r.ended_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'marks', r."marks", 'basis', r."basis", 'proposed_by', r."proposed_by", 'reason', r."reason", 'proposed_at', r."proposed_at", 'agreed_by', r."agreed_by", 'agreed_at', r."agreed_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'seed', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, coalesce(r.ended_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'marks', r."marks", 'basis', r."basis", 'proposed_by', r."proposed_by", 'reason', r."reason", 'proposed_at', r."proposed_at", 'agreed_by', r."agreed_by", 'agreed_at', r."agreed_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'seed', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, coalesce(r.ended_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'marks', r."marks", 'basis', r."basis", 'proposed_by', r."proposed_by", 'reason', r."reason", 'proposed_at', r."proposed_at", 'agreed_by', r."agreed_by", 'agreed_at', r."agreed_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "seed_ledger_made" AFTER INSERT ON "seed" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_seed"();
CREATE TRIGGER "seed_ledger_changed" AFTER UPDATE ON "seed" FOR EACH ROW
  WHEN ((OLD."id", OLD."submission_id", OLD."exam_version_id", OLD."test", OLD."marks", OLD."basis", OLD."proposed_by", OLD."reason", OLD."proposed_at", OLD."agreed_by", OLD."agreed_at", OLD."ended_by", OLD."ended_reason", OLD."ended_at") IS DISTINCT FROM (NEW."id", NEW."submission_id", NEW."exam_version_id", NEW."test", NEW."marks", NEW."basis", NEW."proposed_by", NEW."reason", NEW."proposed_at", NEW."agreed_by", NEW."agreed_at", NEW."ended_by", NEW."ended_reason", NEW."ended_at")) EXECUTE FUNCTION "ledger_seed"();
CREATE TRIGGER "seed_ledger_removed" AFTER DELETE ON "seed" FOR EACH ROW EXECUTE FUNCTION "ledger_seed"();
CREATE TRIGGER "seed_ledger_kept" BEFORE TRUNCATE ON "seed" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_seed_mark"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'seed_mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'seed_id', r."seed_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'seed_mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'seed_id', r."seed_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'seed_mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'seed_id', r."seed_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "seed_mark_ledger_made" AFTER INSERT ON "seed_mark" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_seed_mark"();
CREATE TRIGGER "seed_mark_ledger_removed" AFTER DELETE ON "seed_mark" FOR EACH ROW EXECUTE FUNCTION "ledger_seed_mark"();
CREATE TRIGGER "seed_mark_ledger_kept" BEFORE TRUNCATE ON "seed_mark" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_drift_settlement"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'drift_settlement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.drift_id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('drift_id', r."drift_id", 'settled_by', r."settled_by", 'reason', r."reason", 'settled_at', r."settled_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'drift_settlement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.drift_id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('drift_id', r."drift_id", 'settled_by', r."settled_by", 'reason', r."reason", 'settled_at', r."settled_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'drift_settlement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.drift_id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('drift_id', r."drift_id", 'settled_by', r."settled_by", 'reason', r."reason", 'settled_at', r."settled_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "drift_settlement_ledger_made" AFTER INSERT ON "drift_settlement" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_drift_settlement"();
CREATE TRIGGER "drift_settlement_ledger_removed" AFTER DELETE ON "drift_settlement" FOR EACH ROW EXECUTE FUNCTION "ledger_drift_settlement"();
CREATE TRIGGER "drift_settlement_ledger_kept" BEFORE TRUNCATE ON "drift_settlement" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_marking_model"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'marking_model', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.fitted_by AS who,
      jsonb_build_object('id', r."id", 'version', r."version", 'content', r."content", 'content_hash', r."content_hash", 'evidence', r."evidence", 'fitted_by', r."fitted_by", 'fitted_at', r."fitted_at", 'data', r."data", 'kept_aside', r."kept_aside")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'marking_model', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.fitted_by AS who,
      jsonb_build_object('id', r."id", 'version', r."version", 'content', r."content", 'content_hash', r."content_hash", 'evidence', r."evidence", 'fitted_by', r."fitted_by", 'fitted_at', r."fitted_at", 'data', r."data", 'kept_aside', r."kept_aside")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'marking_model', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.fitted_by AS who,
      jsonb_build_object('id', r."id", 'version', r."version", 'content', r."content", 'content_hash', r."content_hash", 'evidence', r."evidence", 'fitted_by', r."fitted_by", 'fitted_at', r."fitted_at", 'data', r."data", 'kept_aside', r."kept_aside")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "marking_model_ledger_made" AFTER INSERT ON "marking_model" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_marking_model"();
CREATE TRIGGER "marking_model_ledger_removed" AFTER DELETE ON "marking_model" FOR EACH ROW EXECUTE FUNCTION "ledger_marking_model"();
CREATE TRIGGER "marking_model_ledger_kept" BEFORE TRUNCATE ON "marking_model" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_marking_model_activation"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'marking_model_activation', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.position::text AS record, NULL::uuid AS attempt, r.activated_by AS who,
      jsonb_build_object('position', r."position", 'marking_model_id', r."marking_model_id", 'activated_by', r."activated_by", 'reason', r."reason", 'activated_at', r."activated_at", 'occasion', r."occasion")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'marking_model_activation', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.position::text AS record, NULL::uuid AS attempt, r.activated_by AS who,
      jsonb_build_object('position', r."position", 'marking_model_id', r."marking_model_id", 'activated_by', r."activated_by", 'reason', r."reason", 'activated_at', r."activated_at", 'occasion', r."occasion")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'marking_model_activation', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.position::text AS record, NULL::uuid AS attempt, r.activated_by AS who,
      jsonb_build_object('position', r."position", 'marking_model_id', r."marking_model_id", 'activated_by', r."activated_by", 'reason', r."reason", 'activated_at', r."activated_at", 'occasion', r."occasion")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "marking_model_activation_ledger_made" AFTER INSERT ON "marking_model_activation" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_marking_model_activation"();
CREATE TRIGGER "marking_model_activation_ledger_removed" AFTER DELETE ON "marking_model_activation" FOR EACH ROW EXECUTE FUNCTION "ledger_marking_model_activation"();
CREATE TRIGGER "marking_model_activation_ledger_kept" BEFORE TRUNCATE ON "marking_model_activation" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_marking_model_following"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'marking_model_following', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.position::text AS record, NULL::uuid AS attempt, r.set_by AS who,
      jsonb_build_object('position', r."position", 'follows', r."follows", 'set_by', r."set_by", 'reason', r."reason", 'set_at', r."set_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'marking_model_following', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.position::text AS record, NULL::uuid AS attempt, r.set_by AS who,
      jsonb_build_object('position', r."position", 'follows', r."follows", 'set_by', r."set_by", 'reason', r."reason", 'set_at', r."set_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'marking_model_following', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.position::text AS record, NULL::uuid AS attempt, r.set_by AS who,
      jsonb_build_object('position', r."position", 'follows', r."follows", 'set_by', r."set_by", 'reason', r."reason", 'set_at', r."set_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "marking_model_following_ledger_made" AFTER INSERT ON "marking_model_following" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_marking_model_following"();
CREATE TRIGGER "marking_model_following_ledger_removed" AFTER DELETE ON "marking_model_following" FOR EACH ROW EXECUTE FUNCTION "ledger_marking_model_following"();
CREATE TRIGGER "marking_model_following_ledger_kept" BEFORE TRUNCATE ON "marking_model_following" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_pay_rate"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'pay_rate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.version::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('version', r."version", 'effective_from', r."effective_from", 'cents_per_hour', r."cents_per_hour", 'cents_per_piece', r."cents_per_piece", 'recorded_by', r."recorded_by", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'pay_rate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.version::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('version', r."version", 'effective_from', r."effective_from", 'cents_per_hour', r."cents_per_hour", 'cents_per_piece', r."cents_per_piece", 'recorded_by', r."recorded_by", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'pay_rate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.version::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('version', r."version", 'effective_from', r."effective_from", 'cents_per_hour', r."cents_per_hour", 'cents_per_piece', r."cents_per_piece", 'recorded_by', r."recorded_by", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "pay_rate_ledger_made" AFTER INSERT ON "pay_rate" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_pay_rate"();
CREATE TRIGGER "pay_rate_ledger_removed" AFTER DELETE ON "pay_rate" FOR EACH ROW EXECUTE FUNCTION "ledger_pay_rate"();
CREATE TRIGGER "pay_rate_ledger_kept" BEFORE TRUNCATE ON "pay_rate" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_pay_correction"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'pay_correction', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'cents', r."cents", 'recorded_by', r."recorded_by", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'pay_correction', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'cents', r."cents", 'recorded_by', r."recorded_by", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'pay_correction', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'cents', r."cents", 'recorded_by', r."recorded_by", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "pay_correction_ledger_made" AFTER INSERT ON "pay_correction" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_pay_correction"();
CREATE TRIGGER "pay_correction_ledger_removed" AFTER DELETE ON "pay_correction" FOR EACH ROW EXECUTE FUNCTION "ledger_pay_correction"();
CREATE TRIGGER "pay_correction_ledger_kept" BEFORE TRUNCATE ON "pay_correction" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_pay_statement"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'pay_statement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.issued_by AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'month', r."month", 'currency', r."currency", 'cents', r."cents", 'issued_by', r."issued_by", 'issued_at', r."issued_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'pay_statement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.issued_by AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'month', r."month", 'currency', r."currency", 'cents', r."cents", 'issued_by', r."issued_by", 'issued_at', r."issued_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'pay_statement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.issued_by AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'month', r."month", 'currency', r."currency", 'cents', r."cents", 'issued_by', r."issued_by", 'issued_at', r."issued_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "pay_statement_ledger_made" AFTER INSERT ON "pay_statement" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_pay_statement"();
CREATE TRIGGER "pay_statement_ledger_removed" AFTER DELETE ON "pay_statement" FOR EACH ROW EXECUTE FUNCTION "ledger_pay_statement"();
CREATE TRIGGER "pay_statement_ledger_kept" BEFORE TRUNCATE ON "pay_statement" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();


CREATE OR REPLACE FUNCTION "ledger_reading"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'reading', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.reader AS who,
      jsonb_build_object('id', r."id", 'reader', r."reader", 'operation', r."operation", 'about', r."about", 'attempt_id', r."attempt_id", 'hour', r."hour", 'at', r."at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'reading', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.reader AS who,
      jsonb_build_object('id', r."id", 'reader', r."reader", 'operation', r."operation", 'about', r."about", 'attempt_id', r."attempt_id", 'hour', r."hour", 'at', r."at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'reading', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.reader AS who,
      jsonb_build_object('id', r."id", 'reader', r."reader", 'operation', r."operation", 'about', r."about", 'attempt_id', r."attempt_id", 'hour', r."hour", 'at', r."at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "reading_ledger_made" AFTER INSERT ON "reading" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_reading"();
CREATE TRIGGER "reading_ledger_removed" AFTER DELETE ON "reading" FOR EACH ROW EXECUTE FUNCTION "ledger_reading"();
CREATE TRIGGER "reading_ledger_kept" BEFORE TRUNCATE ON "reading" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- They run as the owner: a temporary table of somebody's must not stand in for one of ours.
DO $$
DECLARE "of_ledger" regprocedure;
BEGIN
  FOR "of_ledger" IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'ledger\_%' LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', "of_ledger", current_schema());
  END LOOP;
END $$;

-- What was there before the ledger, each as it is.
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'exam_version', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.published_by AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'version', r."version", 'title', r."title", 'content', r."content", 'content_hash', r."content_hash", 'published_at', r."published_at", 'published_by', r."published_by")::text AS content FROM "exam_version" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'exam_retirement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.exam_version_id::text AS record, NULL::uuid AS attempt, r.retired_by AS who,
      jsonb_build_object('exam_version_id', r."exam_version_id", 'retired_by', r."retired_by", 'reason', r."reason", 'retired_at', r."retired_at")::text AS content FROM "exam_retirement" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'exam_proposal', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.settled_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'version', r."version", 'title', r."title", 'content', r."content", 'content_hash', r."content_hash", 'reason', r."reason", 'proposed_by', r."proposed_by", 'proposed_at', r."proposed_at", 'outcome', r."outcome", 'settled_by', r."settled_by", 'settled_at', r."settled_at")::text AS content FROM "exam_proposal" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'candidate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'subject', r."subject", 'name', r."name", 'email', r."email", 'created_at', r."created_at")::text AS content FROM "candidate" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'accommodation', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_id', r."exam_id", 'kind', r."kind", 'percent', r."percent", 'valid_from', r."valid_from", 'valid_until', r."valid_until", 'reason', r."reason", 'evidence', r."evidence", 'recorded_by', r."recorded_by", 'recorded_at', r."recorded_at", 'ended_at', r."ended_at")::text AS content FROM "accommodation" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'attempt', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'candidate_id', r."candidate_id", 'exam_version_id', r."exam_version_id", 'exam_id', r."exam_id", 'accommodation_percent', r."accommodation_percent", 'registered_at', r."registered_at", 'start_by', r."start_by", 'download_by', r."download_by", 'aptitude_decision_id', r."aptitude_decision_id", 'outcome', r."outcome", 'outcome_reason', r."outcome_reason", 'settled_at', r."settled_at")::text AS content FROM "attempt" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'extension', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'position', r."position", 'attempt_id', r."attempt_id", 'window', r."window", 'kind', r."kind", 'until', r."until", 'granted_at', r."granted_at", 'outage_id', r."outage_id", 'outage_from', r."outage_from", 'outage_to', r."outage_to", 'extra_seconds', r."extra_seconds")::text AS content FROM "extension" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'sitting', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'round', r."round", 'started_at', r."started_at", 'deadline', r."deadline", 'frozen_at', r."frozen_at", 'case_study_id', r."case_study_id")::text AS content FROM "sitting" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'submission', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM sitting s WHERE s.id = r.sitting_id) AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'sitting_id', r."sitting_id", 'round', r."round", 'cause', r."cause", 'content_hash', r."content_hash", 'content', r."content", 'upload_id', r."upload_id", 'submitted_at', r."submitted_at", 'receipt', r."receipt")::text AS content FROM "submission" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'claim', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'claimed_at', r."claimed_at", 'released_at', r."released_at", 'release_cause', r."release_cause", 'release_reason', r."release_reason")::text AS content FROM "claim" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'submission_id', r."submission_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM "mark" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'file_flag', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE t.id = r.assignment_id) AS attempt, coalesce(r.settled_by, r.grader) AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'grader', r."grader", 'fencing_token', r."fencing_token", 'reason', r."reason", 'flagged_at', r."flagged_at", 'settled_at', r."settled_at", 'settlement', r."settlement", 'settled_by', r."settled_by")::text AS content FROM "file_flag" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'assessment', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'marking_model_id', r."marking_model_id", 'inputs_hash', r."inputs_hash", 'probability', r."probability", 'limit', r."limit", 'machine_check', r."machine_check", 'sampling_generation', r."sampling_generation", 'pooled_items', r."pooled_items", 'pooled_grader', r."pooled_grader", 'reasons', r."reasons", 'opens', r."opens", 'assessed_at', r."assessed_at")::text AS content FROM "assessment" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'decision', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'grading_round', r."grading_round", 'submission_id', r."submission_id", 'passed', r."passed", 'millipoints', r."millipoints", 'millipoints_max', r."millipoints_max", 'basis_points', r."basis_points", 'items', r."items", 'supersedes_id', r."supersedes_id", 'regrade_ids', r."regrade_ids", 'decided_at', r."decided_at")::text AS content FROM "decision" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'appeal', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'test', r."test", 'decision_id', r."decision_id", 'submission_id', r."submission_id", 'items', r."items", 'fee_reference', r."fee_reference", 'filed_at', r."filed_at", 'state', r."state", 'settled_at', r."settled_at", 'answer_decision_id', r."answer_decision_id")::text AS content FROM "appeal" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'regrade', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.settled_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'exam_id', r."exam_id", 'versions', r."versions", 'test', r."test", 'case_study_id', r."case_study_id", 'item_id', r."item_id", 'change', r."change", 'submitted_from', r."submitted_from", 'submitted_until', r."submitted_until", 'reason', r."reason", 'opened_by', r."opened_by", 'opened_at', r."opened_at", 'previewed_at', r."previewed_at", 'preview_hash', r."preview_hash", 'outcome', r."outcome", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'finished_at', r."finished_at")::text AS content FROM "regrade" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'certificate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, NULL AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'edition', r."edition", 'candidate_id', r."candidate_id", 'number', r."number", 'exam_id', r."exam_id", 'exam_title', r."exam_title", 'name', r."name", 'basis_points', r."basis_points", 'issued_at', r."issued_at", 'status', r."status", 'revision', r."revision", 'status_position', r."status_position", 'credential', r."credential", 'replaces_id', r."replaces_id")::text AS content FROM "certificate" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'correction', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT c.attempt_id FROM certificate c WHERE c.id = r.certificate_id) AS attempt, coalesce(r.resolved_by, r.opened_by) AS who,
      jsonb_build_object('id', r."id", 'certificate_id', r."certificate_id", 'opened_by', r."opened_by", 'reason', r."reason", 'opened_at', r."opened_at", 'replacement', r."replacement", 'replacement_hash', r."replacement_hash", 'resolution', r."resolution", 'resolved_by', r."resolved_by", 'resolved_reason', r."resolved_reason", 'resolved_at', r."resolved_at")::text AS content FROM "correction" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'issuer_key', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.public_key_multibase AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('public_key_multibase', r."public_key_multibase", 'first_used_at', r."first_used_at")::text AS content FROM "issuer_key" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'audit_entry', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.actor AS who,
      jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'certificate_id', r."certificate_id", 'actor', r."actor", 'action', r."action", 'reason', r."reason", 'details', r."details", 'at', r."at")::text AS content FROM "audit_entry" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'claimed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, coalesce(r.settled_by, r.claimed_by) AS who,
      jsonb_build_object('id', r."id", 'action_key', r."action_key", 'attempt_id', r."attempt_id", 'correction_id', r."correction_id", 'kind', r."kind", 'terms', r."terms", 'claimed_by', r."claimed_by", 'reason', r."reason", 'claimed_at', r."claimed_at", 'state', r."state", 'settled_by', r."settled_by", 'settled_at', r."settled_at", 'settled_by_act', r."settled_by_act")::text AS content FROM "claimed_act" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'grader', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.subject AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('subject', r."subject", 'designated', r."designated", 'state', r."state", 'qualifications', r."qualifications", 'languages', r."languages")::text AS content FROM "grader" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'grader_conflict', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.ended_by, r.declared_by) AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'kind', r."kind", 'value', r."value", 'source', r."source", 'declared_by', r."declared_by", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_at', r."ended_at")::text AS content FROM "grader_conflict" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'seed', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, (SELECT s.attempt_id FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = r.submission_id) AS attempt, coalesce(r.ended_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'submission_id', r."submission_id", 'exam_version_id', r."exam_version_id", 'test', r."test", 'marks', r."marks", 'basis', r."basis", 'proposed_by', r."proposed_by", 'reason', r."reason", 'proposed_at', r."proposed_at", 'agreed_by', r."agreed_by", 'agreed_at', r."agreed_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM "seed" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'seed_mark', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.grader AS who,
      jsonb_build_object('id', r."id", 'assignment_id', r."assignment_id", 'seed_id', r."seed_id", 'grader', r."grader", 'item_id', r."item_id", 'millipoints', r."millipoints", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM "seed_mark" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'drift_settlement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.drift_id::text AS record, NULL::uuid AS attempt, r.settled_by AS who,
      jsonb_build_object('drift_id', r."drift_id", 'settled_by', r."settled_by", 'reason', r."reason", 'settled_at', r."settled_at")::text AS content FROM "drift_settlement" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'marking_model', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.fitted_by AS who,
      jsonb_build_object('id', r."id", 'version', r."version", 'content', r."content", 'content_hash', r."content_hash", 'evidence', r."evidence", 'fitted_by', r."fitted_by", 'fitted_at', r."fitted_at", 'data', r."data", 'kept_aside', r."kept_aside")::text AS content FROM "marking_model" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'marking_model_activation', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.position::text AS record, NULL::uuid AS attempt, r.activated_by AS who,
      jsonb_build_object('position', r."position", 'marking_model_id', r."marking_model_id", 'activated_by', r."activated_by", 'reason', r."reason", 'activated_at', r."activated_at", 'occasion', r."occasion")::text AS content FROM "marking_model_activation" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'marking_model_following', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.position::text AS record, NULL::uuid AS attempt, r.set_by AS who,
      jsonb_build_object('position', r."position", 'follows', r."follows", 'set_by', r."set_by", 'reason', r."reason", 'set_at', r."set_at")::text AS content FROM "marking_model_following" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'pay_rate', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.version::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('version', r."version", 'effective_from', r."effective_from", 'cents_per_hour', r."cents_per_hour", 'cents_per_piece', r."cents_per_piece", 'recorded_by', r."recorded_by", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM "pay_rate" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'pay_correction', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.recorded_by AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'cents', r."cents", 'recorded_by', r."recorded_by", 'reason', r."reason", 'recorded_at', r."recorded_at")::text AS content FROM "pay_correction" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'pay_statement', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, r.issued_by AS who,
      jsonb_build_object('id', r."id", 'grader', r."grader", 'month', r."month", 'currency', r."currency", 'cents', r."cents", 'issued_by', r."issued_by", 'issued_at', r."issued_at")::text AS content FROM "pay_statement" r) e;
