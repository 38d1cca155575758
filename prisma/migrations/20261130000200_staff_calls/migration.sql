-- What waits for staff and was in a mail to them, each once while it waits.

-- CreateTable
CREATE TABLE "staff_call" (
    "kind" TEXT NOT NULL,
    "about" UUID NOT NULL,
    "told_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "staff_call_pkey" PRIMARY KEY ("kind","about")
);
