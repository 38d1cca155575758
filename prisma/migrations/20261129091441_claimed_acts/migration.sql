-- CreateTable
CREATE TABLE "vouched_act" (
    "action_key" TEXT NOT NULL,
    "content_hash" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "claim_id" UUID,
    "vouched_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "vouched_act_pkey" PRIMARY KEY ("action_key")
);

-- CreateTable
CREATE TABLE "claimed_act" (
    "id" UUID NOT NULL,
    "action_key" TEXT NOT NULL,
    "attempt_id" UUID,
    "correction_id" UUID,
    "kind" TEXT NOT NULL,
    "terms" JSONB NOT NULL,
    "claimed_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "claimed_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "settled_by" TEXT,
    "settled_at" TIMESTAMPTZ(3),
    "settled_by_act" TEXT,

    CONSTRAINT "claimed_act_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "claimed_act_state" CHECK ("state" IN ('pending', 'confirmed', 'dismissed'))
);

-- CreateIndex
CREATE UNIQUE INDEX "claimed_act_action_key_key" ON "claimed_act"("action_key");

-- CreateIndex
CREATE INDEX "claimed_act_attempt_id_state_idx" ON "claimed_act"("attempt_id", "state");

-- CreateIndex
CREATE INDEX "claimed_act_state_id_idx" ON "claimed_act"("state", "id");

-- AddForeignKey
ALTER TABLE "claimed_act" ADD CONSTRAINT "claimed_act_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "claimed_act" ADD CONSTRAINT "claimed_act_correction_id_fkey" FOREIGN KEY ("correction_id") REFERENCES "correction"("id") ON DELETE SET NULL ON UPDATE CASCADE;
