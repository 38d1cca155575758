-- What a limit is computed from. The deadlines and the factor that stand in sitting and attempt stay: the release before goes by
-- them, and they are brought up to date whenever a part of theirs changes.

-- CreateTable
CREATE TABLE "accommodation" (
    "id" UUID NOT NULL,
    "candidate_id" UUID NOT NULL,
    "exam_id" TEXT,
    "kind" TEXT NOT NULL,
    "percent" INTEGER NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_until" TIMESTAMPTZ(3),
    "reason" TEXT NOT NULL,
    "evidence" TEXT,
    "recorded_by" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "accommodation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "extension" (
    "id" UUID NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "attempt_id" UUID NOT NULL,
    "window" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3),
    "granted_at" TIMESTAMPTZ(3) NOT NULL,
    "outage_id" TEXT,
    "outage_from" TIMESTAMPTZ(3),
    "outage_to" TIMESTAMPTZ(3),
    "extra_seconds" INTEGER,

    CONSTRAINT "extension_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "accommodation_candidate_id_idx" ON "accommodation"("candidate_id");

-- CreateIndex
CREATE INDEX "extension_attempt_id_idx" ON "extension"("attempt_id");

-- AddForeignKey
ALTER TABLE "accommodation" ADD CONSTRAINT "accommodation_candidate_id_fkey" FOREIGN KEY ("candidate_id") REFERENCES "candidate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "extension" ADD CONSTRAINT "extension_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------------

ALTER TABLE "accommodation" ADD CONSTRAINT "accommodation_percent_check" CHECK ("percent" BETWEEN 100 AND 1000);
ALTER TABLE "extension" ADD CONSTRAINT "extension_window_check" CHECK ("window" IN ('start', 'aptitude', 'offer', 'case_study'));
ALTER TABLE "extension" ADD CONSTRAINT "extension_kind_check" CHECK (CASE "kind"
    WHEN 'outage' THEN "outage_id" IS NOT NULL AND "outage_from" < "outage_to" AND "extra_seconds" >= 0 AND "until" IS NULL
    ELSE "kind" IN ('named', 'kept', 'correction', 'reopening') AND "until" IS NOT NULL AND "outage_id" IS NULL END);
-- An outage is credited once to a window.
CREATE UNIQUE INDEX "extension_outage_key" ON "extension" ("attempt_id", "window", "outage_id") WHERE "outage_id" IS NOT NULL;
CREATE TRIGGER "extension_append_only" BEFORE UPDATE OR DELETE ON "extension" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- What an attempt was scaled by belongs to its candidate: the last one of each exam says it, in the words of whoever granted it.
INSERT INTO "accommodation" ("id", "candidate_id", "exam_id", "kind", "percent", "valid_from", "reason", "recorded_by", "recorded_at")
SELECT gen_random_uuid(), a."candidate_id", a."exam_id", 'extra_time', a."accommodation_percent", a."registered_at",
    coalesce(e."reason", 'granted for an attempt'), coalesce(e."actor", 'unknown'), coalesce(e."at", a."registered_at")
FROM (SELECT DISTINCT ON ("candidate_id", "exam_id") * FROM "attempt" ORDER BY "candidate_id", "exam_id", "id" DESC) a
LEFT JOIN LATERAL (
    SELECT "reason", "actor", "at" FROM "audit_entry" WHERE "attempt_id" = a."id" AND "action" = 'accommodate' ORDER BY "at" DESC, "id" DESC LIMIT 1) e ON true
WHERE a."accommodation_percent" > 100;
