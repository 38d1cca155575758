-- An exam version is proposed by one person and published by another; one that is retired takes no new registration.

-- CreateTable
CREATE TABLE "exam_proposal" (
    "id" UUID NOT NULL,
    "exam_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "proposed_by" TEXT NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" TEXT,
    "settled_by" TEXT,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "exam_proposal_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "exam_proposal_settlement_check" CHECK (
        ("outcome" IS NULL AND "settled_by" IS NULL AND "settled_at" IS NULL)
        OR ("outcome" IS NOT NULL AND "outcome" IN ('published', 'withdrawn') AND "settled_by" IS NOT NULL AND "settled_at" IS NOT NULL)),
    CONSTRAINT "exam_proposal_second_person_check" CHECK ("outcome" IS DISTINCT FROM 'published' OR "settled_by" <> "proposed_by")
);

-- CreateTable
CREATE TABLE "exam_retirement" (
    "exam_version_id" UUID NOT NULL,
    "retired_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "retired_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "exam_retirement_pkey" PRIMARY KEY ("exam_version_id")
);

-- One proposal of a version waits at a time, and one alone was published.
CREATE UNIQUE INDEX "exam_proposal_open_key" ON "exam_proposal"("exam_id", "version") WHERE "outcome" IS NULL;
CREATE UNIQUE INDEX "exam_proposal_published_key" ON "exam_proposal"("exam_id", "version") WHERE "outcome" = 'published';

-- AddForeignKey
ALTER TABLE "exam_retirement" ADD CONSTRAINT "exam_retirement_exam_version_id_fkey" FOREIGN KEY ("exam_version_id") REFERENCES "exam_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TRIGGER "exam_retirement_append_only" BEFORE UPDATE OR DELETE ON "exam_retirement" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- What was proposed never changes, and a settled proposal neither.
CREATE FUNCTION "keep_exam_proposal"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.outcome IS NOT NULL
        OR (OLD.id, OLD.exam_id, OLD.version, OLD.title, OLD.content, OLD.content_hash, OLD.reason, OLD.proposed_by, OLD.proposed_at)
            IS DISTINCT FROM (NEW.id, NEW.exam_id, NEW.version, NEW.title, NEW.content, NEW.content_hash, NEW.reason, NEW.proposed_by, NEW.proposed_at) THEN
        RAISE EXCEPTION 'exam_proposal is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER "exam_proposal_append_only" BEFORE UPDATE OR DELETE ON "exam_proposal" FOR EACH ROW EXECUTE FUNCTION "keep_exam_proposal"();
