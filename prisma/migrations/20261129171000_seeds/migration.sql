-- Seeds: decided submissions whose marks are agreed, handed out among the real ones (docs/decisions/0018). A build of before reads `assignment`
-- rows of another purpose as they are, so none is opened before every API knows them.

-- Wider than before, so that what is there need not be looked at.
ALTER TABLE "assignment" DROP CONSTRAINT "assignment_purpose_check",
  ADD CONSTRAINT "assignment_purpose_check" CHECK ("purpose" IN ('mark', 'adjudicate', 'seed')) NOT VALID;

-- AlterTable
ALTER TABLE "exam_version" ADD COLUMN     "seed_share" INTEGER;

-- CreateTable
CREATE TABLE "seed" (
    "id" UUID NOT NULL,
    "submission_id" UUID NOT NULL,
    "exam_version_id" UUID NOT NULL,
    "test" TEXT NOT NULL,
    "marks" JSONB NOT NULL,
    "basis" TEXT NOT NULL,
    "proposed_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL,
    "agreed_by" TEXT[],
    "agreed_at" TIMESTAMPTZ(3),
    "ended_by" TEXT,
    "ended_reason" TEXT,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "seed_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "seed_basis_check" CHECK ("basis" IN ('two_designated', 'decision')),
    CONSTRAINT "seed_agreed_check" CHECK (("agreed_at" IS NULL) = (cardinality("agreed_by") = 0)),
    CONSTRAINT "seed_ended_check" CHECK (("ended_at" IS NULL) = ("ended_by" IS NULL) AND ("ended_at" IS NULL) = ("ended_reason" IS NULL))
);

-- CreateTable
CREATE TABLE "seed_seat" (
    "assignment_id" UUID NOT NULL,
    "seed_id" UUID NOT NULL,
    "in_training" BOOLEAN NOT NULL,
    "drawn" JSONB,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seed_seat_pkey" PRIMARY KEY ("assignment_id")
);

-- CreateTable
CREATE TABLE "seed_mark" (
    "id" UUID NOT NULL,
    "assignment_id" UUID NOT NULL,
    "seed_id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "item_id" TEXT NOT NULL,
    "millipoints" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seed_mark_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "seed_mark_points_check" CHECK ("millipoints" >= 0 AND "millipoints" % 10 = 0)
);

-- CreateTable
CREATE TABLE "seed_secret" (
    "generation" INTEGER NOT NULL,
    "secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seed_secret_pkey" PRIMARY KEY ("generation")
);

-- CreateIndex
CREATE INDEX "seed_seat_seed_id_idx" ON "seed_seat"("seed_id");

-- CreateIndex
CREATE UNIQUE INDEX "seed_mark_assignment_id_item_id_key" ON "seed_mark"("assignment_id", "item_id");

-- CreateIndex
CREATE UNIQUE INDEX "seed_mark_seed_id_grader_item_id_key" ON "seed_mark"("seed_id", "grader", "item_id");

-- CreateIndex
CREATE INDEX "seed_mark_grader_recorded_at_idx" ON "seed_mark"("grader", "recorded_at" DESC);

-- One that stands a submission; ended, another may be made of it.
CREATE UNIQUE INDEX "seed_standing_key" ON "seed" ("submission_id") WHERE "ended_at" IS NULL;
CREATE INDEX "seed_open_idx" ON "seed" ("exam_version_id", "test") WHERE "ended_at" IS NULL AND "agreed_at" IS NOT NULL;

-- AddForeignKey
ALTER TABLE "seed" ADD CONSTRAINT "seed_submission_id_fkey" FOREIGN KEY ("submission_id") REFERENCES "submission"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "seed" ADD CONSTRAINT "seed_exam_version_id_fkey" FOREIGN KEY ("exam_version_id") REFERENCES "exam_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "seed_seat" ADD CONSTRAINT "seed_seat_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "seed_seat" ADD CONSTRAINT "seed_seat_seed_id_fkey" FOREIGN KEY ("seed_id") REFERENCES "seed"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "seed_mark" ADD CONSTRAINT "seed_mark_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "seed_seat"("assignment_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "seed_mark" ADD CONSTRAINT "seed_mark_seed_id_fkey" FOREIGN KEY ("seed_id") REFERENCES "seed"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What was agreed stays as it was; that it is agreed, and that it is ended, are written once.
CREATE FUNCTION "keep_seed"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
BEGIN
  IF OLD.agreed_at IS NULL THEN before := before - 'agreed_by' - 'agreed_at'; after := after - 'agreed_by' - 'agreed_at'; END IF;
  IF OLD.ended_at IS NULL THEN before := before - 'ended_by' - 'ended_reason' - 'ended_at'; after := after - 'ended_by' - 'ended_reason' - 'ended_at'; END IF;
  IF before IS DISTINCT FROM after THEN RAISE EXCEPTION 'seed is append-only but for its ending' USING ERRCODE = 'restrict_violation'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "seed_kept" BEFORE UPDATE ON "seed" FOR EACH ROW EXECUTE FUNCTION "keep_seed"();
CREATE TRIGGER "seed_append_only" BEFORE DELETE ON "seed" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "seed_seat_append_only" BEFORE UPDATE OR DELETE ON "seed_seat" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "seed_mark_append_only" BEFORE UPDATE OR DELETE ON "seed_mark" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "seed_secret_append_only" BEFORE UPDATE OR DELETE ON "seed_secret" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
