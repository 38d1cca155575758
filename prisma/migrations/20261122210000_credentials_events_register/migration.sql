-- DropForeignKey
ALTER TABLE "certificate" DROP CONSTRAINT "certificate_attempt_id_fkey";

-- DropIndex
DROP INDEX "certificate_attempt_id_key";

-- DropIndex
DROP INDEX "notice_attempt_id_kind_key";

-- AlterTable
ALTER TABLE "audit_entry" ADD COLUMN     "certificate_id" UUID,
ALTER COLUMN "attempt_id" DROP NOT NULL;

-- AlterTable
ALTER TABLE "candidate" ADD COLUMN     "email" TEXT,
ADD COLUMN     "locale" TEXT;

-- AlterTable
ALTER TABLE "certificate" ADD COLUMN     "credential" JSON,
ADD COLUMN     "edition" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "exam_title" TEXT,
ADD COLUMN     "number" TEXT,
ADD COLUMN     "replaces_id" UUID,
ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "status" TEXT NOT NULL DEFAULT 'valid',
ADD COLUMN     "status_position" INTEGER,
ALTER COLUMN "attempt_id" DROP NOT NULL,
ALTER COLUMN "candidate_id" DROP NOT NULL;

-- AlterTable
ALTER TABLE "notice" ADD COLUMN     "occasion" TEXT;

-- What was there before keeps what it said.
UPDATE "certificate" SET "exam_title" = v."title" FROM "attempt" a JOIN "exam_version" v ON v."id" = a."exam_version_id" WHERE a."id" = "certificate"."attempt_id";
UPDATE "certificate" SET "status" = 'revoked', "revision" = 2 WHERE "revoked_at" IS NOT NULL;
UPDATE "notice" SET "occasion" = "kind";
DROP INDEX "certificate_valid_key";
ALTER TABLE "certificate" DROP COLUMN "revoked_at", ALTER COLUMN "exam_title" SET NOT NULL;
ALTER TABLE "notice" ALTER COLUMN "occasion" SET NOT NULL;

-- CreateTable
CREATE TABLE "issuer_key" (
    "public_key_multibase" TEXT NOT NULL,
    "first_used_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "issuer_key_pkey" PRIMARY KEY ("public_key_multibase")
);

-- CreateTable
CREATE TABLE "status_list" (
    "purpose" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "credential" JSON NOT NULL,
    "signed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "status_list_pkey" PRIMARY KEY ("purpose","number")
);

-- CreateTable
CREATE TABLE "register_entry" (
    "certificate_id" UUID NOT NULL,
    "number" TEXT,
    "name" TEXT NOT NULL,
    "exam_title" TEXT NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,
    "basis_points" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "replaced_by" UUID,

    CONSTRAINT "register_entry_pkey" PRIMARY KEY ("certificate_id")
);

-- CreateTable
CREATE TABLE "correction" (
    "id" UUID NOT NULL,
    "certificate_id" UUID NOT NULL,
    "opened_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "replacement" JSONB,
    "replacement_hash" TEXT,
    "resolution" TEXT,
    "resolved_by" TEXT,
    "resolved_reason" TEXT,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "correction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "watch" (
    "id" UUID NOT NULL,
    "certificate_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'asked',
    "asked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "watch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mail" (
    "id" UUID NOT NULL,
    "occasion_key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "candidate_id" UUID,
    "watch_id" UUID,
    "attempt_id" UUID,
    "certificate_id" UUID,
    "data" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "tries" INTEGER NOT NULL DEFAULT 0,
    "problem" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "next_try_at" TIMESTAMPTZ(3) NOT NULL,
    "sending_since" TIMESTAMPTZ(3),
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "mail_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event" (
    "id" UUID NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "key" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "fanned_out_at" TIMESTAMPTZ(3),

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_sink" (
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "types" TEXT[],
    "url" TEXT,
    "secrets" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "paused_until" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "problem" TEXT,

    CONSTRAINT "event_sink_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "dispatch_queue" (
    "sink" TEXT NOT NULL,
    "key" UUID NOT NULL,
    "next_try_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dispatch_queue_pkey" PRIMARY KEY ("sink","key")
);

-- CreateTable
CREATE TABLE "dispatch" (
    "sink" TEXT NOT NULL,
    "key" UUID NOT NULL,
    "position" BIGINT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "tries" INTEGER NOT NULL DEFAULT 0,
    "problem" TEXT,

    CONSTRAINT "dispatch_pkey" PRIMARY KEY ("sink","key","position")
);

-- CreateTable
CREATE TABLE "import_run" (
    "file_hash" TEXT NOT NULL,
    "lines_done" INTEGER NOT NULL DEFAULT 0,
    "imported" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "import_run_pkey" PRIMARY KEY ("file_hash")
);

-- CreateTable
CREATE TABLE "import_rejection" (
    "file_hash" TEXT NOT NULL,
    "line" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "import_rejection_pkey" PRIMARY KEY ("file_hash","line")
);

-- CreateIndex
CREATE INDEX "register_entry_number_idx" ON "register_entry"("number");

-- CreateIndex
CREATE INDEX "correction_certificate_id_idx" ON "correction"("certificate_id");

-- CreateIndex
CREATE UNIQUE INDEX "watch_token_key" ON "watch"("token");

-- CreateIndex
CREATE UNIQUE INDEX "watch_certificate_id_email_key" ON "watch"("certificate_id", "email");

-- CreateIndex
CREATE UNIQUE INDEX "mail_occasion_key_key" ON "mail"("occasion_key");

-- CreateIndex
CREATE UNIQUE INDEX "event_position_key" ON "event"("position");

-- CreateIndex
CREATE INDEX "dispatch_queue_sink_next_try_at_idx" ON "dispatch_queue"("sink", "next_try_at");

-- CreateIndex
CREATE INDEX "audit_entry_certificate_id_idx" ON "audit_entry"("certificate_id");

-- CreateIndex
CREATE UNIQUE INDEX "certificate_number_key" ON "certificate"("number");

-- CreateIndex
CREATE UNIQUE INDEX "certificate_status_position_key" ON "certificate"("status_position");

-- CreateIndex
CREATE UNIQUE INDEX "certificate_replaces_id_key" ON "certificate"("replaces_id");

-- CreateIndex
CREATE UNIQUE INDEX "certificate_attempt_id_edition_key" ON "certificate"("attempt_id", "edition");

-- CreateIndex
CREATE UNIQUE INDEX "notice_attempt_id_occasion_key" ON "notice"("attempt_id", "occasion");

-- AddForeignKey
ALTER TABLE "certificate" ADD CONSTRAINT "certificate_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "certificate" ADD CONSTRAINT "certificate_replaces_id_fkey" FOREIGN KEY ("replaces_id") REFERENCES "certificate"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "correction" ADD CONSTRAINT "correction_certificate_id_fkey" FOREIGN KEY ("certificate_id") REFERENCES "certificate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "watch" ADD CONSTRAINT "watch_certificate_id_fkey" FOREIGN KEY ("certificate_id") REFERENCES "certificate"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dispatch_queue" ADD CONSTRAINT "dispatch_queue_sink_fkey" FOREIGN KEY ("sink") REFERENCES "event_sink"("name") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dispatch" ADD CONSTRAINT "dispatch_sink_fkey" FOREIGN KEY ("sink") REFERENCES "event_sink"("name") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_rejection" ADD CONSTRAINT "import_rejection_file_hash_fkey" FOREIGN KEY ("file_hash") REFERENCES "import_run"("file_hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say ---------------------------------------------------------------------------------------

-- One certificate that counts a candidate and exam (design, section 3): a suspended one still does.
CREATE UNIQUE INDEX "certificate_unrevoked_key" ON "certificate" ("candidate_id", "exam_id") WHERE "status" <> 'revoked';
CREATE UNIQUE INDEX "correction_open_key" ON "correction" ("certificate_id") WHERE "resolved_at" IS NULL;

-- Bits of the status lists are handed out once; a transaction that fails leaves a bit that nobody has.
CREATE SEQUENCE "certificate_status_position" AS integer MINVALUE 0 START 0;

-- What the relay and staff look for: events without dispatches, and what was set aside.
CREATE INDEX "event_fresh_idx" ON "event" ("position") WHERE "fanned_out_at" IS NULL;
CREATE INDEX "dispatch_aside_idx" ON "dispatch" ("position") WHERE "state" = 'aside';
CREATE INDEX "mail_due_idx" ON "mail" ("next_try_at") WHERE "state" IN ('queued', 'sending');
CREATE INDEX "mail_undelivered_idx" ON "mail" ("created_at") WHERE "state" IN ('bounced', 'given_up', 'uncertain');

-- The columns of a closed vocabulary.
ALTER TABLE "certificate" ADD CONSTRAINT "certificate_status_check" CHECK ("status" IN ('valid', 'suspended', 'revoked'));
ALTER TABLE "certificate" ADD CONSTRAINT "certificate_origin_check" CHECK (("attempt_id" IS NULL) = ("number" IS NOT NULL));
ALTER TABLE "certificate" ADD CONSTRAINT "certificate_score_check" CHECK ("basis_points" BETWEEN 0 AND 10000);
ALTER TABLE "register_entry" ADD CONSTRAINT "register_entry_status_check" CHECK ("status" IN ('valid', 'suspended', 'revoked'));
ALTER TABLE "status_list" ADD CONSTRAINT "status_list_purpose_check" CHECK ("purpose" IN ('revocation', 'suspension'));
ALTER TABLE "correction" ADD CONSTRAINT "correction_resolution_check" CHECK ("resolution" IN ('reinstated', 'revoked', 'replaced'));
ALTER TABLE "correction" ADD CONSTRAINT "correction_resolved_check" CHECK (("resolution" IS NULL) = ("resolved_at" IS NULL));
ALTER TABLE "watch" ADD CONSTRAINT "watch_state_check" CHECK ("state" IN ('asked', 'confirmed'));
ALTER TABLE "mail" ADD CONSTRAINT "mail_state_check" CHECK ("state" IN ('queued', 'sending', 'sent', 'bounced', 'given_up', 'uncertain'));
ALTER TABLE "mail" ADD CONSTRAINT "mail_recipient_check" CHECK (("candidate_id" IS NULL) <> ("watch_id" IS NULL));
ALTER TABLE "dispatch" ADD CONSTRAINT "dispatch_state_check" CHECK ("state" IN ('pending', 'aside'));
ALTER TABLE "event_sink" ADD CONSTRAINT "event_sink_kind_check" CHECK ("kind" IN ('register', 'broker', 'webhook'));

-- What was issued or announced never changes; only a certificate's status moves, and only an event's mark.
CREATE TRIGGER "certificate_immutable" BEFORE UPDATE OF "id", "attempt_id", "edition", "candidate_id", "number", "exam_id", "exam_title", "name", "basis_points", "issued_at", "status_position", "credential", "replaces_id" OR DELETE ON "certificate" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "event_append_only" BEFORE UPDATE OF "id", "position", "key", "type", "data", "time" OR DELETE ON "event" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- Certificates that are there are in the register from the start. They have no credential, as the imported ones.
INSERT INTO "register_entry" ("certificate_id", "number", "name", "exam_title", "issued_at", "basis_points", "status", "revision")
SELECT "id", "number", "name", "exam_title", "issued_at", "basis_points", "status", "revision" FROM "certificate";
