-- Where each attempt stands, kept by the database itself beside the facts that say so, so that staff find attempts by an index;
-- and the words by which they find a candidate. The release before writes facts as ever; the triggers keep both.

-- CreateTable
CREATE TABLE "attempt_standing" (
    "attempt_id" UUID NOT NULL,
    "candidate_id" UUID NOT NULL,
    "exam_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "phase" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "needs_attention" BOOLEAN NOT NULL,

    CONSTRAINT "attempt_standing_pkey" PRIMARY KEY ("attempt_id")
);

-- CreateTable
CREATE TABLE "attempt_term" (
    "attempt_id" UUID NOT NULL,
    "term" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "attempt_term_pkey" PRIMARY KEY ("attempt_id","term")
);

-- Of what matches text folded as the register's look-up folds it (domain/text.ts): case, accents, kinds of dashes, apostrophes and blanks do not count.
CREATE FUNCTION "folded_for_look_up"("given" TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  -- Most texts have no letter that needs more than this.
  SELECT CASE WHEN "given" !~ '[^ -~]' THEN trim(regexp_replace(translate(lower("given"), '`', ''''), ' +', ' ', 'g')) ELSE
  trim(regexp_replace(translate(translate(
    normalize(
      replace(replace(replace(replace(translate(
        regexp_replace(
          normalize(
            replace(replace(lower(upper(lower(
              regexp_replace(
                normalize(translate(normalize("given", NFC), E'`\u00B4\u2018\u2019\u201B\u02B9\u02BB\u02BC\u02BD\u02BE\u02BF\u02C8\u055A\u2032\uA78C\u1FBD\u1FBF\uFF07', repeat('''', 18)), NFKC),
                E'[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0]', '', 'g')
              COLLATE "und-x-icu") COLLATE "und-x-icu") COLLATE "und-x-icu"), E'\u03C2', E'\u03C3'), E'\u00DF', 'ss'),
            NFD),
          E'[\u0300-\u036F]', '', 'g'),
        E'\u00F8\u0142\u0111\u00F0\u0127\u0167\u014B\u0138\u0180\u0253\u0256\u0257\u01E5\u0199\u0268\u0289\u01B6', 'olddhtnkbbddgkiuz'),
        E'\u00E6', 'ae'), E'\u0153', 'oe'), E'\u00FE', 'th'), E'\u0131', 'i'),
      NFC),
    E'`\u00B4\u2018\u2019\u201B\u02B9\u02BB\u02BC\u02BD\u02BE\u02BF\u02C8\u055A\u2032\uA78C\u1FBD\u1FBF\uFF07', repeat('''', 18)), E'\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u05BE\uFE58\uFE63\uFF0D', repeat('-', 12)),
    E'[\\s\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\u2800\u0001-\u001F\u007F-\u009F]+', ' ', 'g')) END
$$;

-- Each word, and each part of a word with a dash, an apostrophe or the signs of an address in it.
CREATE FUNCTION "terms_of"("name" TEXT, "email" TEXT, "subject" TEXT) RETURNS SETOF TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  WITH folded AS MATERIALIZED (SELECT "folded_for_look_up"(concat_ws(' ', "name", "email", "subject")) AS whole)
  SELECT DISTINCT left(term, 200) FROM folded CROSS JOIN LATERAL (
    SELECT regexp_split_to_table(whole, ' ') UNION ALL SELECT regexp_split_to_table(whole, '[- ''@._+|:/]') UNION ALL SELECT regexp_split_to_table(whole, '[ @]')
  ) AS found (term) WHERE term <> ''
$$;

-- The candidate's row is locked first, so that neither of a new attempt and a new name misses the other.
CREATE FUNCTION "keep_terms_of_attempt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM candidate WHERE id = NEW.candidate_id FOR SHARE;
  INSERT INTO attempt_term (attempt_id, term)
    SELECT NEW.id, term FROM candidate c CROSS JOIN LATERAL terms_of(c.name, c.email, c.subject) AS term WHERE c.id = NEW.candidate_id;
  RETURN NULL;
END $$;

CREATE FUNCTION "keep_terms_of_candidate"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM attempt_term t USING attempt a WHERE a.candidate_id = NEW.id AND t.attempt_id = a.id;
  INSERT INTO attempt_term (attempt_id, term)
    SELECT a.id, term FROM attempt a CROSS JOIN LATERAL terms_of(NEW.name, NEW.email, NEW.subject) AS term WHERE a.candidate_id = NEW.id;
  RETURN NULL;
END $$;

-- As domain/attempt.ts has it: the phase follows from the facts alone; due is the window's end, or when the result is promised.
-- Attention is what the facts tell: a promise that passed, work that nobody could take, a file that is infected.
CREATE VIEW "attempt_standing_of_facts" AS
  SELECT a.id AS attempt_id, a.candidate_id, a.exam_id, v.version, stand.phase,
    CASE stand.phase
      WHEN 'registered' THEN a.start_by
      WHEN 'case_study_offered' THEN a.download_by
      WHEN 'aptitude_test' THEN apt.deadline
      WHEN 'case_study' THEN cs.deadline
      WHEN 'aptitude_grading' THEN CASE WHEN apt_sub.id IS NOT NULL THEN apt.frozen_at + make_interval(secs => (v.content #>> '{policy,resultPromiseSeconds,aptitude}')::float8) END
      WHEN 'case_study_grading' THEN CASE WHEN cs_sub.id IS NOT NULL THEN cs.frozen_at + make_interval(secs => (v.content #>> '{policy,resultPromiseSeconds,case_study}')::float8) END
    END AS due_at,
    a.outcome,
    stand.phase IN ('aptitude_grading', 'case_study_grading') AND (
      EXISTS (SELECT 1 FROM assignment t WHERE t.submission_id = CASE stand.phase WHEN 'aptitude_grading' THEN apt_sub.id ELSE cs_sub.id END AND t.state = 'open'
        AND (t.unstaffed_since IS NOT NULL OR EXISTS (SELECT 1 FROM reminder r WHERE r.assignment_id = t.id AND r.percent >= 100)))
      OR EXISTS (SELECT 1 FROM upload u WHERE u.id = cs_sub.upload_id AND u.scan_state = 'infected')
    ) AS needs_attention
  FROM attempt a
    JOIN exam_version v ON v.id = a.exam_version_id
    LEFT JOIN sitting apt ON apt.attempt_id = a.id AND apt.test = 'aptitude'
    LEFT JOIN submission apt_sub ON apt_sub.sitting_id = apt.id AND apt_sub.round = apt.round
    LEFT JOIN sitting cs ON cs.attempt_id = a.id AND cs.test = 'case_study'
    LEFT JOIN submission cs_sub ON cs_sub.sitting_id = cs.id AND cs_sub.round = cs.round
    CROSS JOIN LATERAL (SELECT CASE
      WHEN a.outcome IS NOT NULL THEN a.outcome
      WHEN cs.id IS NOT NULL THEN CASE WHEN cs.frozen_at IS NULL THEN 'case_study' ELSE 'case_study_grading' END
      WHEN a.aptitude_decision_id IS NOT NULL THEN 'case_study_offered'
      WHEN apt.id IS NULL THEN 'registered'
      WHEN apt.frozen_at IS NULL THEN 'aptitude_test'
      ELSE 'aptitude_grading'
    END AS phase) AS stand;

-- The lock first, then the facts by a new statement: whoever waited for the lock sees what its holder committed. Called when a
-- transaction commits, so that this lock is its last one and nobody who holds it waits for another.
CREATE FUNCTION "keep_standing"("of_attempt" UUID) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM attempt_standing WHERE attempt_id = of_attempt FOR UPDATE;
  INSERT INTO attempt_standing (attempt_id, candidate_id, exam_id, version, phase, due_at, outcome, needs_attention)
  SELECT attempt_id, candidate_id, exam_id, version, phase, due_at, outcome, needs_attention FROM attempt_standing_of_facts WHERE attempt_id = of_attempt
  ON CONFLICT (attempt_id) DO UPDATE SET phase = excluded.phase, due_at = excluded.due_at, outcome = excluded.outcome, needs_attention = excluded.needs_attention
  WHERE (attempt_standing.phase, attempt_standing.due_at, attempt_standing.outcome, attempt_standing.needs_attention)
    IS DISTINCT FROM (excluded.phase, excluded.due_at, excluded.outcome, excluded.needs_attention);
END $$;

CREATE FUNCTION "keep_standing_of"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of_attempt UUID;
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'attempt' THEN of_attempt := NEW.id;
    WHEN 'sitting' THEN of_attempt := NEW.attempt_id;
    WHEN 'submission', 'upload' THEN SELECT s.attempt_id INTO of_attempt FROM sitting s WHERE s.id = NEW.sitting_id;
    WHEN 'assignment' THEN SELECT s.attempt_id INTO of_attempt FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id = NEW.submission_id;
    WHEN 'reminder' THEN
      SELECT s.attempt_id INTO of_attempt FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE t.id = NEW.assignment_id;
  END CASE;
  PERFORM keep_standing(of_attempt);
  RETURN NULL;
END $$;

CREATE TRIGGER "attempt_terms_new" AFTER INSERT ON "attempt" FOR EACH ROW EXECUTE FUNCTION "keep_terms_of_attempt"();
CREATE TRIGGER "candidate_terms_changed" AFTER UPDATE ON "candidate" FOR EACH ROW
  WHEN ((OLD.name, OLD.email, OLD.subject) IS DISTINCT FROM (NEW.name, NEW.email, NEW.subject)) EXECUTE FUNCTION "keep_terms_of_candidate"();

CREATE CONSTRAINT TRIGGER "attempt_standing_new" AFTER INSERT ON "attempt" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "keep_standing_of"();
CREATE CONSTRAINT TRIGGER "attempt_standing_changed" AFTER UPDATE ON "attempt" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.outcome, OLD.aptitude_decision_id, OLD.start_by, OLD.download_by) IS DISTINCT FROM (NEW.outcome, NEW.aptitude_decision_id, NEW.start_by, NEW.download_by))
  EXECUTE FUNCTION "keep_standing_of"();
CREATE CONSTRAINT TRIGGER "sitting_standing_new" AFTER INSERT ON "sitting" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "keep_standing_of"();
CREATE CONSTRAINT TRIGGER "sitting_standing_changed" AFTER UPDATE ON "sitting" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.round, OLD.deadline, OLD.frozen_at) IS DISTINCT FROM (NEW.round, NEW.deadline, NEW.frozen_at)) EXECUTE FUNCTION "keep_standing_of"();
CREATE CONSTRAINT TRIGGER "submission_standing_new" AFTER INSERT ON "submission" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "keep_standing_of"();
CREATE CONSTRAINT TRIGGER "assignment_standing_changed" AFTER UPDATE ON "assignment" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.state, OLD.unstaffed_since IS NULL) IS DISTINCT FROM (NEW.state, NEW.unstaffed_since IS NULL)) EXECUTE FUNCTION "keep_standing_of"();
CREATE CONSTRAINT TRIGGER "assignment_standing_new" AFTER INSERT ON "assignment" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.unstaffed_since IS NOT NULL) EXECUTE FUNCTION "keep_standing_of"();
CREATE CONSTRAINT TRIGGER "reminder_standing_new" AFTER INSERT ON "reminder" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.percent >= 100) EXECUTE FUNCTION "keep_standing_of"();
CREATE CONSTRAINT TRIGGER "upload_standing_changed" AFTER UPDATE ON "upload" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.scan_state IS DISTINCT FROM NEW.scan_state) EXECUTE FUNCTION "keep_standing_of"();

INSERT INTO attempt_term (attempt_id, term) SELECT a.id, term FROM attempt a JOIN candidate c ON c.id = a.candidate_id CROSS JOIN LATERAL terms_of(c.name, c.email, c.subject) AS term;
INSERT INTO attempt_standing (attempt_id, candidate_id, exam_id, version, phase, due_at, outcome, needs_attention)
  SELECT attempt_id, candidate_id, exam_id, version, phase, due_at, outcome, needs_attention FROM attempt_standing_of_facts;

-- AddForeignKey
ALTER TABLE "attempt_standing" ADD CONSTRAINT "attempt_standing_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempt_term" ADD CONSTRAINT "attempt_term_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One for each filter in each order.
-- CreateIndex
CREATE INDEX "attempt_standing_candidate_id_attempt_id_idx" ON "attempt_standing"("candidate_id", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_standing_phase_attempt_id_idx" ON "attempt_standing"("phase", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_standing_phase_due_at_attempt_id_idx" ON "attempt_standing"("phase", "due_at", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_standing_exam_id_attempt_id_idx" ON "attempt_standing"("exam_id", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_standing_exam_id_due_at_attempt_id_idx" ON "attempt_standing"("exam_id", "due_at", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_standing_exam_id_version_attempt_id_idx" ON "attempt_standing"("exam_id", "version", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_standing_exam_id_version_due_at_attempt_id_idx" ON "attempt_standing"("exam_id", "version", "due_at", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_standing_exam_id_phase_attempt_id_idx" ON "attempt_standing"("exam_id", "phase", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_standing_outcome_attempt_id_idx" ON "attempt_standing"("outcome", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_standing_due_at_attempt_id_idx" ON "attempt_standing"("due_at", "attempt_id");

-- CreateIndex
CREATE INDEX "attempt_term_term_attempt_id_idx" ON "attempt_term"("term", "attempt_id");

CREATE INDEX "attempt_standing_needs_attention_idx" ON "attempt_standing"("attempt_id") WHERE "needs_attention";
CREATE INDEX "attempt_standing_in_grading_idx" ON "attempt_standing"("due_at", "attempt_id") WHERE "phase" IN ('aptitude_grading', 'case_study_grading');
CREATE INDEX "mail_attempt_id_idx" ON "mail"("attempt_id");
