-- What a candidate complains of that is no appeal: how somebody behaved, what did not work. Answered once; it is on the way of no decision.
CREATE TABLE "complaint" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "about" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "filed_at" TIMESTAMPTZ(3) NOT NULL,
    "answer" TEXT,
    "answered_by" TEXT,
    "answered_at" TIMESTAMPTZ(3),

    CONSTRAINT "complaint_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "complaint_about_check" CHECK ("about" IN ('behaviour', 'system', 'other')),
    CONSTRAINT "complaint_answered_check" CHECK (num_nonnulls("answer", "answered_by", "answered_at") IN (0, 3))
);
-- The same is said once.
CREATE UNIQUE INDEX "complaint_said_key" ON "complaint"("attempt_id", "about", md5("text"));
-- What waits for an answer.
CREATE INDEX "complaint_open_idx" ON "complaint"("id") WHERE "answered_at" IS NULL;
ALTER TABLE "complaint" ADD CONSTRAINT "complaint_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TRIGGER "complaint_stays" BEFORE UPDATE OF "id", "attempt_id", "about", "text", "filed_at" OR DELETE ON "complaint" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "complaint_answered_once" BEFORE UPDATE ON "complaint" FOR EACH ROW WHEN (OLD."answered_at" IS NOT NULL) EXECUTE FUNCTION "refuse_change"();

-- The fee of an appeal that was right was paid back, elsewhere.
CREATE TABLE "appeal_refund" (
    "appeal_id" UUID NOT NULL,
    "reference" TEXT NOT NULL,
    "refunded_by" TEXT NOT NULL,
    "refunded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "appeal_refund_pkey" PRIMARY KEY ("appeal_id")
);
ALTER TABLE "appeal_refund" ADD CONSTRAINT "appeal_refund_appeal_id_fkey" FOREIGN KEY ("appeal_id") REFERENCES "appeal"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TRIGGER "appeal_refund_stays" BEFORE UPDATE OR DELETE ON "appeal_refund" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
-- What is to be paid back, or was.
CREATE INDEX "appeal_fee_idx" ON "appeal"("id") WHERE "fee_reference" IS NOT NULL AND "state" IN ('upheld', 'partly');

-- Both leave their entries in the ledger (docs/decisions/0025).
CREATE OR REPLACE FUNCTION "ledger_appeal_refund"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'appeal_refund', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.appeal_id::text AS record, (SELECT q.attempt_id FROM appeal q WHERE q.id = r.appeal_id) AS attempt, r.refunded_by AS who,
      jsonb_build_object('appeal_id', r."appeal_id", 'reference', r."reference", 'refunded_by', r."refunded_by", 'refunded_at', r."refunded_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'appeal_refund', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.appeal_id::text AS record, (SELECT q.attempt_id FROM appeal q WHERE q.id = r.appeal_id) AS attempt, r.refunded_by AS who,
      jsonb_build_object('appeal_id', r."appeal_id", 'reference', r."reference", 'refunded_by', r."refunded_by", 'refunded_at', r."refunded_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'appeal_refund', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.appeal_id::text AS record, (SELECT q.attempt_id FROM appeal q WHERE q.id = r.appeal_id) AS attempt, r.refunded_by AS who,
      jsonb_build_object('appeal_id', r."appeal_id", 'reference', r."reference", 'refunded_by', r."refunded_by", 'refunded_at', r."refunded_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "appeal_refund_ledger_made" AFTER INSERT ON "appeal_refund" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_appeal_refund"();
CREATE TRIGGER "appeal_refund_ledger_removed" AFTER DELETE ON "appeal_refund" FOR EACH ROW EXECUTE FUNCTION "ledger_appeal_refund"();
CREATE TRIGGER "appeal_refund_ledger_kept" BEFORE TRUNCATE ON "appeal_refund" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'appeal_refund', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.appeal_id::text AS record, (SELECT q.attempt_id FROM appeal q WHERE q.id = r.appeal_id) AS attempt, r.refunded_by AS who,
      jsonb_build_object('appeal_id', r."appeal_id", 'reference', r."reference", 'refunded_by', r."refunded_by", 'refunded_at', r."refunded_at")::text AS content FROM "appeal_refund" r) e;
CREATE OR REPLACE FUNCTION "ledger_complaint"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'complaint', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.answered_by AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'about', r."about", 'text', r."text", 'filed_at', r."filed_at", 'answer', r."answer", 'answered_by', r."answered_by", 'answered_at', r."answered_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'complaint', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.answered_by AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'about', r."about", 'text', r."text", 'filed_at', r."filed_at", 'answer', r."answer", 'answered_by', r."answered_by", 'answered_at', r."answered_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'complaint', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.answered_by AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'about', r."about", 'text', r."text", 'filed_at', r."filed_at", 'answer', r."answer", 'answered_by', r."answered_by", 'answered_at', r."answered_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "complaint_ledger_made" AFTER INSERT ON "complaint" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_complaint"();
CREATE TRIGGER "complaint_ledger_changed" AFTER UPDATE ON "complaint" FOR EACH ROW
  WHEN ((OLD."id", OLD."attempt_id", OLD."about", OLD."text", OLD."filed_at", OLD."answer", OLD."answered_by", OLD."answered_at") IS DISTINCT FROM (NEW."id", NEW."attempt_id", NEW."about", NEW."text", NEW."filed_at", NEW."answer", NEW."answered_by", NEW."answered_at")) EXECUTE FUNCTION "ledger_complaint"();
CREATE TRIGGER "complaint_ledger_removed" AFTER DELETE ON "complaint" FOR EACH ROW EXECUTE FUNCTION "ledger_complaint"();
CREATE TRIGGER "complaint_ledger_kept" BEFORE TRUNCATE ON "complaint" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'complaint', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, r.answered_by AS who,
      jsonb_build_object('id', r."id", 'attempt_id', r."attempt_id", 'about', r."about", 'text', r."text", 'filed_at', r."filed_at", 'answer', r."answer", 'answered_by', r."answered_by", 'answered_at', r."answered_at")::text AS content FROM "complaint" r) e;

-- Whoever writes a record has a path of their own, which must not lead these elsewhere.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION "ledger_appeal_refund"() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "ledger_complaint"() SET search_path = %I, pg_temp', current_schema());
END $$;
