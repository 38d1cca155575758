-- Graders may ask for a mail when their marks drift. Wider than before, so that what is there need not be looked at.
ALTER TABLE "grader" DROP CONSTRAINT "grader_mail_kinds_check",
  ADD CONSTRAINT "grader_mail_kinds_check" CHECK ("mail_kinds" <@ ARRAY['new_work', 'reminder', 'lease_ending', 'drift']) NOT VALID;
