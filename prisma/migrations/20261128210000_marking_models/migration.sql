-- What past double marks say, which model is asked, and what it said about each submission.

-- CreateTable
CREATE TABLE "marking_model" (
    "id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "content" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "evidence" JSONB NOT NULL,
    "fitted_by" TEXT NOT NULL,
    "fitted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "marking_model_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "marking_model_activation" (
    "position" SERIAL NOT NULL,
    "marking_model_id" UUID,
    "activated_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "activated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "marking_model_activation_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "sampling_secret" (
    "exam_version_id" UUID NOT NULL,
    "generation" INTEGER NOT NULL,
    "secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sampling_secret_pkey" PRIMARY KEY ("exam_version_id","generation")
);

-- CreateTable
CREATE TABLE "assessment" (
    "id" UUID NOT NULL,
    "submission_id" UUID NOT NULL,
    "marking_model_id" UUID,
    "inputs_hash" TEXT NOT NULL,
    "probability" INTEGER,
    "limit" INTEGER NOT NULL,
    "machine_check" BOOLEAN NOT NULL,
    "sampling_generation" INTEGER NOT NULL,
    "reasons" TEXT[],
    "opens" BOOLEAN NOT NULL,
    "assessed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "assessment_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "marking_model_version_key" ON "marking_model"("version");

-- CreateIndex
CREATE UNIQUE INDEX "marking_model_content_hash_key" ON "marking_model"("content_hash");

-- CreateIndex
CREATE UNIQUE INDEX "assessment_submission_id_key" ON "assessment"("submission_id");

-- AddForeignKey
ALTER TABLE "marking_model_activation" ADD CONSTRAINT "marking_model_activation_marking_model_id_fkey" FOREIGN KEY ("marking_model_id") REFERENCES "marking_model"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "assessment" ADD CONSTRAINT "assessment_submission_id_fkey" FOREIGN KEY ("submission_id") REFERENCES "submission"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "assessment" ADD CONSTRAINT "assessment_marking_model_id_fkey" FOREIGN KEY ("marking_model_id") REFERENCES "marking_model"("id") ON DELETE SET NULL ON UPDATE CASCADE;

CREATE TRIGGER "marking_model_append_only" BEFORE UPDATE OR DELETE ON "marking_model" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "marking_model_activation_append_only" BEFORE UPDATE OR DELETE ON "marking_model_activation" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "sampling_secret_append_only" BEFORE UPDATE OR DELETE ON "sampling_secret" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "assessment_append_only" BEFORE UPDATE OR DELETE ON "assessment" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
