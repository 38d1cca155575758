-- What a model was fitted on and how it did on what was kept aside; each weekly fit; who lets new versions follow; the latest plan.

-- AlterTable
ALTER TABLE "marking_model" ADD COLUMN     "data" JSONB,
ADD COLUMN     "kept_aside" JSONB;

-- AlterTable
ALTER TABLE "marking_model_activation" ADD COLUMN     "occasion" TEXT;

-- CreateTable
CREATE TABLE "marking_model_following" (
    "position" SERIAL NOT NULL,
    "follows" BOOLEAN NOT NULL,
    "set_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "set_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "marking_model_following_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "marking_refit" (
    "position" SERIAL NOT NULL,
    "occasion" TEXT NOT NULL,
    "marks_until" TIMESTAMPTZ(3) NOT NULL,
    "outcome" JSONB NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "marking_refit_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "marking_plan" (
    "position" SERIAL NOT NULL,
    "occasion" TEXT NOT NULL,
    "marks_until" TIMESTAMPTZ(3) NOT NULL,
    "outcome" JSONB NOT NULL,
    "made_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "marking_plan_pkey" PRIMARY KEY ("position")
);

-- CreateIndex
CREATE UNIQUE INDEX "marking_refit_occasion_key" ON "marking_refit"("occasion");

-- CreateIndex
CREATE UNIQUE INDEX "marking_plan_occasion_key" ON "marking_plan"("occasion");

-- CreateIndex
CREATE UNIQUE INDEX "marking_model_activation_occasion_key" ON "marking_model_activation"("occasion");

CREATE TRIGGER "marking_model_following_append_only" BEFORE UPDATE OR DELETE ON "marking_model_following" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "marking_refit_append_only" BEFORE UPDATE OR DELETE ON "marking_refit" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "marking_plan_append_only" BEFORE UPDATE OR DELETE ON "marking_plan" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
