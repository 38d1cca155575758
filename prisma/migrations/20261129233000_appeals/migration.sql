-- An attempt whose workflow waits for appeals; those of builds before wait their window out and hear of none.
ALTER TABLE "attempt" ADD COLUMN "takes_appeals" BOOLEAN NOT NULL DEFAULT false;

CREATE TABLE "appeal" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "test" TEXT NOT NULL,
    "decision_id" UUID NOT NULL,
    "submission_id" UUID NOT NULL,
    "items" JSONB NOT NULL,
    "fee_reference" TEXT,
    "filed_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "settled_at" TIMESTAMPTZ(3),
    "answer_decision_id" UUID,

    CONSTRAINT "appeal_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "appeal_test_check" CHECK ("test" IN ('aptitude', 'case_study')),
    CONSTRAINT "appeal_items_check" CHECK (jsonb_typeof("items") = 'array' AND jsonb_array_length("items") > 0),
    CONSTRAINT "appeal_state_check" CHECK ("state" IN ('open', 'withdrawn', 'upheld', 'partly', 'refused')),
    CONSTRAINT "appeal_settled_check" CHECK (("state" = 'open') = ("settled_at" IS NULL)),
    CONSTRAINT "appeal_answered_check" CHECK (("state" IN ('upheld', 'partly', 'refused')) = ("answer_decision_id" IS NOT NULL))
);
-- One of a test of an attempt, whatever became of it.
CREATE UNIQUE INDEX "appeal_attempt_id_test_key" ON "appeal"("attempt_id", "test");
CREATE UNIQUE INDEX "appeal_answer_decision_id_key" ON "appeal"("answer_decision_id");
-- What waits for an answer.
CREATE INDEX "appeal_open_idx" ON "appeal"("id") WHERE "state" = 'open';
ALTER TABLE "appeal" ADD CONSTRAINT "appeal_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "appeal" ADD CONSTRAINT "appeal_decision_id_fkey" FOREIGN KEY ("decision_id") REFERENCES "decision"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "appeal" ADD CONSTRAINT "appeal_submission_id_fkey" FOREIGN KEY ("submission_id") REFERENCES "submission"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "appeal" ADD CONSTRAINT "appeal_answer_decision_id_fkey" FOREIGN KEY ("answer_decision_id") REFERENCES "decision"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TRIGGER "appeal_stays" BEFORE UPDATE OF "id", "attempt_id", "test", "decision_id", "submission_id", "items", "fee_reference", "filed_at" OR DELETE
  ON "appeal" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "appeal_settled_once" BEFORE UPDATE ON "appeal" FOR EACH ROW WHEN (OLD."state" <> 'open') EXECUTE FUNCTION "refuse_change"();

-- As before, and a failed attempt with an open appeal is due when its answer is promised, and needs attention as one that is being graded.
CREATE OR REPLACE VIEW "attempt_standing_of_facts" AS
  SELECT a.id AS attempt_id, a.candidate_id, a.exam_id, v.version, stand.phase,
    CASE stand.phase
      WHEN 'registered' THEN a.start_by
      WHEN 'case_study_offered' THEN a.download_by
      WHEN 'aptitude_test' THEN apt.deadline
      WHEN 'case_study' THEN cs.deadline
      WHEN 'aptitude_grading' THEN CASE WHEN apt_sub.id IS NOT NULL THEN apt.frozen_at + make_interval(secs => (v.content #>> '{policy,resultPromiseSeconds,aptitude}')::float8) END
      WHEN 'case_study_grading' THEN CASE WHEN cs_sub.id IS NOT NULL THEN cs.frozen_at + make_interval(secs => (v.content #>> '{policy,resultPromiseSeconds,case_study}')::float8) END
      WHEN 'failed' THEN p.filed_at + make_interval(secs => (v.content #>> ARRAY['policy', 'resultPromiseSeconds', p.test])::float8)
    END AS due_at,
    a.outcome,
    (stand.phase IN ('aptitude_grading', 'case_study_grading') OR p.id IS NOT NULL) AND (
      EXISTS (SELECT 1 FROM assignment t
        WHERE t.submission_id = CASE WHEN p.id IS NOT NULL THEN p.submission_id WHEN stand.phase = 'aptitude_grading' THEN apt_sub.id ELSE cs_sub.id END AND (t.state = 'held' OR t.state = 'open'
        AND (t.unstaffed_since IS NOT NULL OR EXISTS (SELECT 1 FROM reminder r WHERE r.assignment_id = t.id AND r.percent >= 100))))
      OR p.id IS NULL AND EXISTS (SELECT 1 FROM upload u WHERE u.id = cs_sub.upload_id AND u.scan_state = 'infected')
      OR p.id IS NULL AND EXISTS (SELECT 1 FROM submission e JOIN assignment et ON et.submission_id = e.id JOIN file_flag f ON f.assignment_id = et.id
        WHERE e.sitting_id = cs.id AND e.round < cs.round AND e.upload_id = cs_sub.upload_id AND f.settlement = 'reopened')
    ) AS needs_attention
  FROM attempt a
    JOIN exam_version v ON v.id = a.exam_version_id
    LEFT JOIN sitting apt ON apt.attempt_id = a.id AND apt.test = 'aptitude'
    LEFT JOIN submission apt_sub ON apt_sub.sitting_id = apt.id AND apt_sub.round = apt.round
    LEFT JOIN sitting cs ON cs.attempt_id = a.id AND cs.test = 'case_study'
    LEFT JOIN submission cs_sub ON cs_sub.sitting_id = cs.id AND cs_sub.round = cs.round
    LEFT JOIN appeal p ON p.attempt_id = a.id AND p.state = 'open' AND a.outcome = 'failed'
    CROSS JOIN LATERAL (SELECT CASE
      WHEN a.outcome IS NOT NULL THEN a.outcome
      WHEN cs.id IS NOT NULL THEN CASE WHEN cs.frozen_at IS NULL THEN 'case_study' ELSE 'case_study_grading' END
      WHEN a.aptitude_decision_id IS NOT NULL THEN 'case_study_offered'
      WHEN apt.id IS NULL THEN 'registered'
      WHEN apt.frozen_at IS NULL THEN 'aptitude_test'
      ELSE 'aptitude_grading'
    END AS phase) AS stand;

CREATE OR REPLACE FUNCTION "keep_standing_of"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of_attempt UUID;
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'attempt' THEN of_attempt := NEW.id;
    WHEN 'sitting', 'appeal' THEN of_attempt := NEW.attempt_id;
    WHEN 'submission', 'upload' THEN SELECT s.attempt_id INTO of_attempt FROM sitting s WHERE s.id = NEW.sitting_id;
    WHEN 'assignment' THEN SELECT s.attempt_id INTO of_attempt FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = NEW.submission_id;
    WHEN 'reminder' THEN
      SELECT s.attempt_id INTO of_attempt FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE t.id = NEW.assignment_id;
  END CASE;
  PERFORM keep_standing(of_attempt);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER "appeal_standing_new" AFTER INSERT ON "appeal" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "keep_standing_of"();
CREATE CONSTRAINT TRIGGER "appeal_standing_changed" AFTER UPDATE ON "appeal" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION "keep_standing_of"();
