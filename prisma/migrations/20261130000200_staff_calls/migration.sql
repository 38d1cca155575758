-- What waits for staff and was in a mail to them, each once while it waits.

-- CreateTable
CREATE TABLE "staff_call" (
    "kind" TEXT NOT NULL,
    "about" UUID NOT NULL,
    "told_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "staff_call_pkey" PRIMARY KEY ("kind","about")
);

-- A mail without a person is one to staff, whose mailbox is a setting.
ALTER TABLE "mail" DROP CONSTRAINT "mail_recipient_check",
  ADD CONSTRAINT "mail_recipient_check" CHECK (num_nonnulls("candidate_id", "watch_id", "grader") = CASE WHEN "kind" = 'staff_called' THEN 0 ELSE 1 END) NOT VALID;
