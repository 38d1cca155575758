-- What graders are paid: rates by version, statements that never change, corrections that the next one has.

-- CreateTable
CREATE TABLE "pay_rate" (
    "version" INTEGER NOT NULL,
    "effective_from" TIMESTAMPTZ(3) NOT NULL,
    "cents_per_hour" INTEGER NOT NULL,
    "cents_per_piece" JSONB NOT NULL,
    "recorded_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pay_rate_pkey" PRIMARY KEY ("version"),
    CONSTRAINT "pay_rate_cents_check" CHECK ("cents_per_hour" >= 0)
);

-- CreateTable
CREATE TABLE "pay_correction" (
    "id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "cents" INTEGER NOT NULL,
    "recorded_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pay_correction_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "pay_correction_cents_check" CHECK ("cents" <> 0)
);

-- CreateTable
CREATE TABLE "pay_statement" (
    "id" UUID NOT NULL,
    "grader" TEXT NOT NULL,
    "month" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "cents" BIGINT NOT NULL,
    "issued_by" TEXT NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pay_statement_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "pay_statement_month_check" CHECK ("month" ~ '^\d{4}-(0[1-9]|1[0-2])$')
);

-- CreateTable
CREATE TABLE "pay_line" (
    "statement_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "claim_id" UUID,
    "correction_id" UUID,
    "cents" INTEGER NOT NULL,
    "evidence" JSONB NOT NULL,

    CONSTRAINT "pay_line_pkey" PRIMARY KEY ("statement_id","position"),
    CONSTRAINT "pay_line_of_check" CHECK (("claim_id" IS NULL) <> ("correction_id" IS NULL))
);

-- CreateIndex
CREATE INDEX "pay_correction_grader_idx" ON "pay_correction"("grader");

-- CreateIndex
CREATE UNIQUE INDEX "pay_statement_grader_month_key" ON "pay_statement"("grader", "month");

-- CreateIndex
CREATE UNIQUE INDEX "pay_line_claim_id_key" ON "pay_line"("claim_id");

-- CreateIndex
CREATE UNIQUE INDEX "pay_line_correction_id_key" ON "pay_line"("correction_id");

-- AddForeignKey
ALTER TABLE "pay_line" ADD CONSTRAINT "pay_line_statement_id_fkey" FOREIGN KEY ("statement_id") REFERENCES "pay_statement"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pay_line" ADD CONSTRAINT "pay_line_claim_id_fkey" FOREIGN KEY ("claim_id") REFERENCES "claim"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pay_line" ADD CONSTRAINT "pay_line_correction_id_fkey" FOREIGN KEY ("correction_id") REFERENCES "pay_correction"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TRIGGER "pay_rate_append_only" BEFORE UPDATE OR DELETE ON "pay_rate" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "pay_correction_append_only" BEFORE UPDATE OR DELETE ON "pay_correction" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "pay_statement_append_only" BEFORE UPDATE OR DELETE ON "pay_statement" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "pay_line_append_only" BEFORE UPDATE OR DELETE ON "pay_line" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
