-- Whether the candidate's tidings of it were written with it. What a build of before writes is told by the attempt's workflow.
ALTER TABLE "attempt" ADD COLUMN "told" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "submission" ADD COLUMN "told" BOOLEAN NOT NULL DEFAULT false;
