-- CreateTable
CREATE TABLE "tidings" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "occasion" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "next_try_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tidings_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "tidings_next_try_at_idx" ON "tidings"("next_try_at");

-- CreateIndex
CREATE UNIQUE INDEX "tidings_attempt_id_occasion_key" ON "tidings"("attempt_id", "occasion");

-- AddForeignKey
ALTER TABLE "tidings" ADD CONSTRAINT "tidings_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
