-- Who marks, as their tokens last told: whom staff may name, and whether anybody is left for an assignment.

-- CreateTable
CREATE TABLE "grader" (
    "subject" TEXT NOT NULL,
    "designated" BOOLEAN NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "grader_pkey" PRIMARY KEY ("subject")
);

-- AlterTable
ALTER TABLE "assignment" ADD COLUMN     "unstaffed_since" TIMESTAMPTZ(3);

-- Those who have claimed something before: who adjudicated is a designated grader.
INSERT INTO "grader" ("subject", "designated", "first_seen_at", "last_seen_at")
SELECT c."grader", bool_or(t."purpose" = 'adjudicate'), min(c."claimed_at"), max(c."claimed_at")
FROM "claim" c JOIN "assignment" t ON t."id" = c."assignment_id" GROUP BY c."grader";
