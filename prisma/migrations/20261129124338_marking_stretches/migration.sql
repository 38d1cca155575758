-- How long a grader worked at a script, from the claim on: stretches between acts that lie no further apart than a pause.

-- CreateTable
CREATE TABLE "marking_stretch" (
    "assignment_id" UUID NOT NULL,
    "fencing_token" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL,
    "grader" TEXT NOT NULL,

    CONSTRAINT "marking_stretch_pkey" PRIMARY KEY ("assignment_id","fencing_token","started_at"),
    CONSTRAINT "marking_stretch_order_check" CHECK ("started_at" <= "ended_at")
);

-- AddForeignKey
ALTER TABLE "marking_stretch" ADD CONSTRAINT "marking_stretch_assignment_id_fkey" FOREIGN KEY ("assignment_id") REFERENCES "assignment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
