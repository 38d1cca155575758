-- Acts of two persons, whom somebody of staff knows, and the lines of pay statements are in the ledger. Written by store/ledger/triggers.ts from store/ledger/forms.ts.

CREATE OR REPLACE FUNCTION "ledger_proposed_act"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'proposed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, coalesce(r.reviewed_by, r.settled_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'operation', r."operation", 'target', r."target", 'params', r."params", 'body', r."body", 'content_hash', r."content_hash", 'request_key', r."request_key", 'reason', r."reason", 'attempt_id', r."attempt_id", 'candidate_id', r."candidate_id", 'proposed_by', r."proposed_by", 'proposed_by_mail', r."proposed_by_mail", 'proposed_at', r."proposed_at", 'expires_at', r."expires_at", 'state', r."state", 'is_break_glass', r."is_break_glass", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'answer', r."answer", 'failure', r."failure", 'ended_at', r."ended_at", 'reviewed_by', r."reviewed_by", 'review', r."review", 'reviewed_at', r."reviewed_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'proposed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, coalesce(r.reviewed_by, r.settled_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'operation', r."operation", 'target', r."target", 'params', r."params", 'body', r."body", 'content_hash', r."content_hash", 'request_key', r."request_key", 'reason', r."reason", 'attempt_id', r."attempt_id", 'candidate_id', r."candidate_id", 'proposed_by', r."proposed_by", 'proposed_by_mail', r."proposed_by_mail", 'proposed_at', r."proposed_at", 'expires_at', r."expires_at", 'state', r."state", 'is_break_glass', r."is_break_glass", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'answer', r."answer", 'failure', r."failure", 'ended_at', r."ended_at", 'reviewed_by', r."reviewed_by", 'review', r."review", 'reviewed_at', r."reviewed_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'proposed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, coalesce(r.reviewed_by, r.settled_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'operation', r."operation", 'target', r."target", 'params', r."params", 'body', r."body", 'content_hash', r."content_hash", 'request_key', r."request_key", 'reason', r."reason", 'attempt_id', r."attempt_id", 'candidate_id', r."candidate_id", 'proposed_by', r."proposed_by", 'proposed_by_mail', r."proposed_by_mail", 'proposed_at', r."proposed_at", 'expires_at', r."expires_at", 'state', r."state", 'is_break_glass', r."is_break_glass", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'answer', r."answer", 'failure', r."failure", 'ended_at', r."ended_at", 'reviewed_by', r."reviewed_by", 'review', r."review", 'reviewed_at', r."reviewed_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "proposed_act_ledger_made" AFTER INSERT ON "proposed_act" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_proposed_act"();
CREATE TRIGGER "proposed_act_ledger_changed" AFTER UPDATE ON "proposed_act" FOR EACH ROW
  WHEN ((OLD."id", OLD."operation", OLD."target", OLD."params", OLD."body", OLD."content_hash", OLD."request_key", OLD."reason", OLD."attempt_id", OLD."candidate_id", OLD."proposed_by", OLD."proposed_by_mail", OLD."proposed_at", OLD."expires_at", OLD."state", OLD."is_break_glass", OLD."settled_by", OLD."settled_reason", OLD."settled_at", OLD."answer", OLD."failure", OLD."ended_at", OLD."reviewed_by", OLD."review", OLD."reviewed_at") IS DISTINCT FROM (NEW."id", NEW."operation", NEW."target", NEW."params", NEW."body", NEW."content_hash", NEW."request_key", NEW."reason", NEW."attempt_id", NEW."candidate_id", NEW."proposed_by", NEW."proposed_by_mail", NEW."proposed_at", NEW."expires_at", NEW."state", NEW."is_break_glass", NEW."settled_by", NEW."settled_reason", NEW."settled_at", NEW."answer", NEW."failure", NEW."ended_at", NEW."reviewed_by", NEW."review", NEW."reviewed_at")) EXECUTE FUNCTION "ledger_proposed_act"();
CREATE TRIGGER "proposed_act_ledger_removed" AFTER DELETE ON "proposed_act" FOR EACH ROW EXECUTE FUNCTION "ledger_proposed_act"();
CREATE TRIGGER "proposed_act_ledger_kept" BEFORE TRUNCATE ON "proposed_act" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

CREATE OR REPLACE FUNCTION "ledger_staff_acquaintance"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'staff_acquaintance', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.ended_by, r.subject) AS who,
      jsonb_build_object('id', r."id", 'subject', r."subject", 'kind', r."kind", 'value', r."value", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'staff_acquaintance', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.ended_by, r.subject) AS who,
      jsonb_build_object('id', r."id", 'subject', r."subject", 'kind', r."kind", 'value', r."value", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'staff_acquaintance', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.ended_by, r.subject) AS who,
      jsonb_build_object('id', r."id", 'subject', r."subject", 'kind', r."kind", 'value', r."value", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "staff_acquaintance_ledger_made" AFTER INSERT ON "staff_acquaintance" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_staff_acquaintance"();
CREATE TRIGGER "staff_acquaintance_ledger_changed" AFTER UPDATE ON "staff_acquaintance" FOR EACH ROW
  WHEN ((OLD."id", OLD."subject", OLD."kind", OLD."value", OLD."declared_at", OLD."ended_by", OLD."ended_reason", OLD."ended_at") IS DISTINCT FROM (NEW."id", NEW."subject", NEW."kind", NEW."value", NEW."declared_at", NEW."ended_by", NEW."ended_reason", NEW."ended_at")) EXECUTE FUNCTION "ledger_staff_acquaintance"();
CREATE TRIGGER "staff_acquaintance_ledger_removed" AFTER DELETE ON "staff_acquaintance" FOR EACH ROW EXECUTE FUNCTION "ledger_staff_acquaintance"();
CREATE TRIGGER "staff_acquaintance_ledger_kept" BEFORE TRUNCATE ON "staff_acquaintance" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

CREATE OR REPLACE FUNCTION "ledger_pay_line"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'made', 'pay_line', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.statement_id::text || '/' || r.position AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('statement_id', r."statement_id", 'position', r."position", 'claim_id', r."claim_id", 'correction_id', r."correction_id", 'cents', r."cents", 'evidence', r."evidence")::text AS content FROM made r) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'changed', 'pay_line', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.statement_id::text || '/' || r.position AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('statement_id', r."statement_id", 'position', r."position", 'claim_id', r."claim_id", 'correction_id', r."correction_id", 'cents', r."cents", 'evidence', r."evidence")::text AS content FROM (SELECT NEW.*) r) e;
  ELSE
    INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'removed', 'pay_line', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.statement_id::text || '/' || r.position AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('statement_id', r."statement_id", 'position', r."position", 'claim_id', r."claim_id", 'correction_id', r."correction_id", 'cents', r."cents", 'evidence', r."evidence")::text AS content FROM (SELECT OLD.*) r) e;
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "pay_line_ledger_made" AFTER INSERT ON "pay_line" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_pay_line"();
CREATE TRIGGER "pay_line_ledger_removed" AFTER DELETE ON "pay_line" FOR EACH ROW EXECUTE FUNCTION "ledger_pay_line"();
CREATE TRIGGER "pay_line_ledger_kept" BEFORE TRUNCATE ON "pay_line" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- They run as the owner: a temporary table of somebody's must not stand in for one of ours.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION "ledger_proposed_act"() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "ledger_staff_acquaintance"() SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "ledger_pay_line"() SET search_path = %I, pg_temp', current_schema());
END $$;

-- What was there before, each as it is.
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'proposed_act', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, r.attempt_id AS attempt, coalesce(r.reviewed_by, r.settled_by, r.proposed_by) AS who,
      jsonb_build_object('id', r."id", 'operation', r."operation", 'target', r."target", 'params', r."params", 'body', r."body", 'content_hash', r."content_hash", 'request_key', r."request_key", 'reason', r."reason", 'attempt_id', r."attempt_id", 'candidate_id', r."candidate_id", 'proposed_by', r."proposed_by", 'proposed_by_mail', r."proposed_by_mail", 'proposed_at', r."proposed_at", 'expires_at', r."expires_at", 'state', r."state", 'is_break_glass', r."is_break_glass", 'settled_by', r."settled_by", 'settled_reason', r."settled_reason", 'settled_at', r."settled_at", 'answer', r."answer", 'failure', r."failure", 'ended_at', r."ended_at", 'reviewed_by', r."reviewed_by", 'review', r."review", 'reviewed_at', r."reviewed_at")::text AS content FROM "proposed_act" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'staff_acquaintance', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.id::text AS record, NULL::uuid AS attempt, coalesce(r.ended_by, r.subject) AS who,
      jsonb_build_object('id', r."id", 'subject', r."subject", 'kind', r."kind", 'value', r."value", 'declared_at', r."declared_at", 'ended_by', r."ended_by", 'ended_reason', r."ended_reason", 'ended_at', r."ended_at")::text AS content FROM "staff_acquaintance" r) e;
INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, 'adopted', 'pay_line', e.record, e.attempt, e.who, e.salt, sha256(e.salt || convert_to(e.content, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, r.statement_id::text || '/' || r.position AS record, NULL::uuid AS attempt, NULL AS who,
      jsonb_build_object('statement_id', r."statement_id", 'position', r."position", 'claim_id', r."claim_id", 'correction_id', r."correction_id", 'cents', r."cents", 'evidence', r."evidence")::text AS content FROM "pay_line" r) e;
