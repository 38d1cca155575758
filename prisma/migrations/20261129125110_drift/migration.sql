-- A grader's marks move away from the panel's: found by a rule (domain/drift.ts), settled by staff. Both append-only.

-- CreateTable
CREATE TABLE "drift" (
    "id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "sum" DOUBLE PRECISION NOT NULL,
    "scripts" INTEGER NOT NULL,
    "mean_difference" DOUBLE PRECISION NOT NULL,
    "evidence" JSONB NOT NULL,
    "found_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "drift_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "drift_direction_check" CHECK ("direction" IN ('severe', 'lenient'))
);

-- CreateTable
CREATE TABLE "drift_settlement" (
    "drift_id" UUID NOT NULL,
    "settled_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "settled_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "drift_settlement_pkey" PRIMARY KEY ("drift_id")
);

-- CreateIndex
CREATE INDEX "drift_grader_idx" ON "drift"("grader");

-- AddForeignKey
ALTER TABLE "drift_settlement" ADD CONSTRAINT "drift_settlement_drift_id_fkey" FOREIGN KEY ("drift_id") REFERENCES "drift"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TRIGGER "drift_append_only" BEFORE UPDATE OR DELETE ON "drift" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "drift_settlement_append_only" BEFORE UPDATE OR DELETE ON "drift_settlement" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
