-- Acts that take two persons (docs/decisions/0023): one proposes, another confirms, and exactly what was proposed is done once.
CREATE TABLE "proposed_act" (
    "id" UUID NOT NULL,
    "operation" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "params" JSONB NOT NULL,
    "body" JSONB,
    "content_hash" TEXT NOT NULL,
    "request_key" TEXT,
    "reason" TEXT NOT NULL,
    "attempt_id" UUID,
    "candidate_id" UUID,
    "proposed_by" TEXT NOT NULL,
    "proposed_by_mail" TEXT,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "is_break_glass" BOOLEAN NOT NULL DEFAULT false,
    "settled_by" TEXT,
    "settled_reason" TEXT,
    "settled_at" TIMESTAMPTZ(3),
    "answer" JSONB,
    "failure" TEXT,
    "ended_at" TIMESTAMPTZ(3),
    "reviewed_by" TEXT,
    "review" TEXT,
    "reviewed_at" TIMESTAMPTZ(3),

    CONSTRAINT "proposed_act_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "proposed_act_state_check" CHECK ("state" IN ('open', 'confirmed', 'done', 'failed', 'refused', 'withdrawn', 'expired')),
    CONSTRAINT "proposed_act_settlement_check" CHECK (("state" IN ('open', 'expired')) = ("settled_by" IS NULL) AND ("settled_by" IS NULL) = ("settled_at" IS NULL)),
    CONSTRAINT "proposed_act_second_person_check" CHECK ("state" NOT IN ('confirmed', 'done', 'failed') OR "settled_by" <> "proposed_by" OR "is_break_glass"),
    CONSTRAINT "proposed_act_withdrawal_check" CHECK ("state" <> 'withdrawn' OR "settled_by" = "proposed_by"),
    CONSTRAINT "proposed_act_break_glass_check" CHECK (NOT "is_break_glass" OR ("state" IN ('confirmed', 'done', 'failed') AND "settled_reason" IS NOT NULL)),
    CONSTRAINT "proposed_act_end_check" CHECK (("state" IN ('done', 'failed')) = ("ended_at" IS NOT NULL) AND ("state" = 'failed') = ("failure" IS NOT NULL) AND ("state" = 'done') = ("answer" IS NOT NULL)),
    CONSTRAINT "proposed_act_expiry_check" CHECK ("expires_at" > "proposed_at"),
    CONSTRAINT "proposed_act_review_check" CHECK (("reviewed_by" IS NULL) = ("reviewed_at" IS NULL) AND ("reviewed_by" IS NULL) = ("review" IS NULL)
        AND ("reviewed_by" IS NULL OR ("is_break_glass" AND "reviewed_by" <> "settled_by" AND "reviewed_by" <> "proposed_by")))
);

-- One of a kind on one thing waits at a time: the next is proposed once this one is settled. A repeat of the same request is the same act.
CREATE UNIQUE INDEX "proposed_act_open_key" ON "proposed_act"("operation", "target") WHERE "state" IN ('open', 'confirmed');
CREATE UNIQUE INDEX "proposed_act_request_key_key" ON "proposed_act"("request_key");
CREATE INDEX "proposed_act_state_id_idx" ON "proposed_act"("state", "id");
CREATE INDEX "proposed_act_attempt_id_idx" ON "proposed_act"("attempt_id");
CREATE INDEX "proposed_act_unreviewed_idx" ON "proposed_act"("id") WHERE "is_break_glass" AND "reviewed_at" IS NULL;

-- What was proposed never changes, what was settled is settled once, and what was reviewed stays so.
CREATE FUNCTION "keep_proposed_act"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
CREATE TRIGGER "proposed_act_append_only" BEFORE UPDATE OR DELETE ON "proposed_act" FOR EACH ROW EXECUTE FUNCTION "keep_proposed_act"();

-- Who acts for us, as their tokens tell: two subjects with one verified address are one person, and a glass that is broken is told to all of them.
CREATE TABLE "staff_member" (
    "subject" TEXT NOT NULL,
    "email" TEXT,
    "locale" TEXT,
    "told_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "staff_member_pkey" PRIMARY KEY ("subject")
);

-- Whom somebody of staff said that they know: they decide nothing about these. Ended by somebody else, it stays.
CREATE TABLE "staff_acquaintance" (
    "id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "declared_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_by" TEXT,
    "ended_reason" TEXT,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_acquaintance_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "staff_acquaintance_kind_check" CHECK ("kind" IN ('candidate', 'email', 'employer')),
    CONSTRAINT "staff_acquaintance_ending_check" CHECK (("ended_by" IS NULL) = ("ended_at" IS NULL) AND ("ended_by" IS NULL) = ("ended_reason" IS NULL) AND "ended_by" IS DISTINCT FROM "subject")
);

CREATE UNIQUE INDEX "staff_acquaintance_standing_key" ON "staff_acquaintance"("subject", "kind", "value") WHERE "ended_at" IS NULL;

-- Whom of staff a mail is to; without one, and without anybody else, it is to their mailbox.
ALTER TABLE "mail" ADD COLUMN "staff_member" TEXT;
ALTER TABLE "mail" DROP CONSTRAINT "mail_recipient_check",
  ADD CONSTRAINT "mail_recipient_check" CHECK (num_nonnulls("candidate_id", "watch_id", "grader") = CASE WHEN "kind" IN ('staff_called', 'glass_broken') THEN 0 ELSE 1 END) NOT VALID;
