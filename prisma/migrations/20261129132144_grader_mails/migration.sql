-- Graders are written to: where, in which language, about what they asked for, and when not.
ALTER TABLE "grader"
  ADD COLUMN "name" TEXT,
  ADD COLUMN "email" TEXT,
  ADD COLUMN "locale" TEXT,
  ADD COLUMN "told_at" TIMESTAMPTZ(3),
  ADD COLUMN "mail_kinds" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "quiet_from" INTEGER,
  ADD COLUMN "quiet_until" INTEGER,
  ADD COLUMN "time_zone" TEXT,
  ADD COLUMN "told_of_work_at" TIMESTAMPTZ(3),
  ADD CONSTRAINT "grader_mail_kinds_check" CHECK ("mail_kinds" <@ ARRAY['new_work', 'reminder', 'lease_ending']),
  ADD CONSTRAINT "grader_quiet_hours_check" CHECK (("quiet_from" IS NULL) = ("quiet_until" IS NULL) AND "quiet_from" BETWEEN 0 AND 1439 AND "quiet_until" BETWEEN 0 AND 1439);

-- A mail to a grader is of use until then, and is not sent after that.
ALTER TABLE "mail"
  ADD COLUMN "grader" TEXT,
  ADD COLUMN "useful_until" TIMESTAMPTZ(3);

-- Wider than before, so that what is there need not be looked at.
ALTER TABLE "mail" DROP CONSTRAINT "mail_recipient_check",
  ADD CONSTRAINT "mail_recipient_check" CHECK (num_nonnulls("candidate_id", "watch_id", "grader") = 1) NOT VALID;

-- AddForeignKey
ALTER TABLE "mail" ADD CONSTRAINT "mail_grader_fkey" FOREIGN KEY ("grader") REFERENCES "grader"("subject") ON DELETE RESTRICT ON UPDATE CASCADE NOT VALID;
