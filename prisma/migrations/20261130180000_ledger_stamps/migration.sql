-- That somebody else saw a head of the ledger, and when (RFC 3161).

-- CreateTable
CREATE TABLE "ledger_stamp" (
    "head_number" INTEGER NOT NULL,
    "stamped_at" TIMESTAMPTZ(3) NOT NULL,
    "token" BYTEA NOT NULL,

    CONSTRAINT "ledger_stamp_pkey" PRIMARY KEY ("head_number")
);

-- AddForeignKey
ALTER TABLE "ledger_stamp" ADD CONSTRAINT "ledger_stamp_head_number_fkey" FOREIGN KEY ("head_number") REFERENCES "ledger_head"("number") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TRIGGER "ledger_stamp_append_only" BEFORE UPDATE OR DELETE ON "ledger_stamp" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "ledger_stamp_kept" BEFORE TRUNCATE ON "ledger_stamp" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
