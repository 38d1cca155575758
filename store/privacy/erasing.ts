import { foldedColumn } from '../addresses.ts';
import { LEDGER_FORMS, type LedgerForm } from '../ledger/forms.ts';
import { KEEPER_LOCK } from '../ledger/keeper.ts';
import { committed, contentOf, enteringOf } from '../ledger/triggers.ts';
import { ERASURE_OBSTACLES } from './obstacles.ts';
import { periodIsOver } from './periods.ts';
import { PERSONAL_DATA, type PersonalTable } from './personal-data.ts';

/** The one function by which anything personal leaves the records; nobody but the owner of the tables, as whom it runs, may do what it does. */
export const ERASE_FUNCTION = 'erase_person';

const DECLARED = {
  v_candidate: 'UUID',
  v_kind: 'TEXT',
  v_attempt: 'UUID',
  v_act: 'UUID',
  v_period: 'UUID',
  v_restored: 'TIMESTAMPTZ',
  v_imported: 'UUID[]',
  v_keeps_register: 'BOOLEAN',
  v_subject: 'TEXT',
  v_pseudonym: 'TEXT',
  v_email: 'TEXT',
  v_attempts: 'UUID[]',
  v_certificates: 'UUID[]',
  v_corrections: 'UUID[]',
  v_sittings: 'UUID[]',
  v_submissions: 'UUID[]',
  v_assignments: 'UUID[]',
  v_patterns: 'TEXT[]',
  v_records: 'TEXT[]',
  v_first: 'BOOLEAN',
} as const;

/** The function as the migrations have it: a test compares the two. */
export function eraseFunction(): string {
  return [
    `CREATE OR REPLACE FUNCTION "${ERASE_FUNCTION}"("p_erasure" UUID) RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$`,
    'DECLARE',
    ...Object.entries(DECLARED).map(([name, type]) => `  ${name} ${type};`),
    'BEGIN',
    '  -- Whoever gives entries their place waits meanwhile.',
    `  PERFORM pg_advisory_xact_lock(${KEEPER_LOCK});`,
    ...indented(WHOSE),
    ...indented(REFUSALS),
    `  PERFORM set_config('certifiable.erasure', p_erasure::text, true);`,
    ...Object.entries(PERSONAL_DATA).flatMap(([table, data]) => indented(step(table, data))),
    ...indented(TOLD),
    `  UPDATE erasure SET records_erased_at = clock_timestamp() WHERE id = p_erasure AND records_erased_at IS NULL;`,
    `  PERFORM set_config('certifiable.erasure', '', true);`,
    'END;',
    '$$;',
    '',
  ].join('\n');
}

const indented = (text: string): readonly string[] => text.split('\n').map((line) => `  ${line}`);

const WHOSE = `SELECT e.candidate_id, e.kind, e.attempt_id, e.act_id, e.period_id, e.restored_at, e.certificate_ids, e.keeps_register, e.records_erased_at IS NULL
  INTO v_candidate, v_kind, v_attempt, v_act, v_period, v_restored, v_imported, v_keeps_register, v_first
  FROM erasure e WHERE e.id = p_erasure AND e.state IN ('ordered', 'done') AND e.due_at <= clock_timestamp() FOR UPDATE;
IF NOT FOUND THEN RAISE EXCEPTION 'erasure % is not ordered, or not due yet', p_erasure USING ERRCODE = 'restrict_violation'; END IF;
SELECT c.subject, 'erased:' || c.id, ${foldedColumn('c.email')} INTO v_subject, v_pseudonym, v_email FROM candidate c WHERE c.id = v_candidate FOR UPDATE;
v_attempts := ARRAY(SELECT a.id FROM attempt a WHERE a.candidate_id = v_candidate AND (v_attempt IS NULL OR a.id = v_attempt));
v_certificates := ARRAY(SELECT c.id FROM certificate c WHERE c.candidate_id = v_candidate OR c.attempt_id = ANY(v_attempts)
  OR (c.id = ANY(v_imported) AND c.attempt_id IS NULL AND c.candidate_id IS NULL));
v_corrections := ARRAY(SELECT o.id FROM correction o WHERE o.certificate_id = ANY(v_certificates));
v_sittings := ARRAY(SELECT s.id FROM sitting s WHERE s.attempt_id = ANY(v_attempts));
v_submissions := ARRAY(SELECT b.id FROM submission b WHERE b.sitting_id = ANY(v_sittings));
v_assignments := ARRAY(SELECT t.id FROM assignment t WHERE t.submission_id = ANY(v_submissions));
v_patterns := ARRAY(SELECT '%' || x || '%' FROM unnest(v_attempts || v_certificates || v_candidate) x);`;

const REFUSALS = [
  `IF v_restored IS NOT NULL THEN
  NULL; -- Which nobody but the owner of the tables may say.
ELSIF v_period IS NOT NULL THEN
  IF NOT EXISTS (${periodIsOver({ kind: 'v_kind', period: 'v_period', candidate: 'v_candidate', attempt: 'v_attempt' })}) THEN
    RAISE EXCEPTION 'erasure % is of no time that is over', p_erasure USING ERRCODE = 'restrict_violation';
  END IF;
ELSIF v_kind <> 'person' OR NOT EXISTS (SELECT 1 FROM proposed_act p WHERE p.id = v_act AND p.operation = 'orderErasure' AND p.candidate_id = v_candidate AND p.state IN ('confirmed', 'done')) THEN
  RAISE EXCEPTION 'erasure % is no act of two persons', p_erasure USING ERRCODE = 'restrict_violation';
END IF;`,
  ...Object.entries(ERASURE_OBSTACLES).map(
    ([code, sql]) =>
      `IF EXISTS (${sql}) THEN RAISE EXCEPTION 'erasure % is stopped: ${code}', p_erasure USING ERRCODE = 'restrict_violation'; END IF;`,
  ),
  `IF EXISTS (SELECT 1 FROM correction o WHERE o.id = ANY(v_corrections) AND o.resolved_at IS NULL) THEN
  RAISE EXCEPTION 'erasure % is stopped: correction_open', p_erasure USING ERRCODE = 'restrict_violation';
END IF;`,
].join('\n');

/** Whoever has a copy erases it, too. Told once. */
const TOLD = `IF v_first AND v_kind = 'person' THEN
  INSERT INTO event (id, key, type, data, time)
    SELECT gen_random_uuid(), a.id, 'attempt.erased', jsonb_build_object('attemptId', a.id), clock_timestamp() FROM attempt a WHERE a.candidate_id = v_candidate ORDER BY a.id;
  INSERT INTO event (id, key, type, data, time)
    SELECT gen_random_uuid(), coalesce(c.attempt_id, c.id), 'certificate.erased', jsonb_build_object('certificateId', c.id), clock_timestamp()
    FROM certificate c WHERE NOT v_keeps_register AND c.id = ANY(v_certificates) ORDER BY c.id;
ELSIF v_first THEN
  INSERT INTO event (id, key, type, data, time)
    VALUES (gen_random_uuid(), v_attempt, 'attempt.data_expired', jsonb_build_object('attemptId', v_attempt, 'kind', v_kind), clock_timestamp());
END IF;`;

function step(table: string, data: PersonalTable): string {
  const kinds = ['person', ...(data.with === undefined ? [] : [data.with])];
  return [`IF v_kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')}) THEN`, ...indented(erasing(table, data)), 'END IF;'].join('\n');
}

function erasing(table: string, { of, erased }: PersonalTable): string {
  if (erased === 'rows') return `DELETE FROM "${table}" r WHERE ${of};`;
  const changes = Object.entries(erased);
  const set = changes.map(([column, value]) => `"${column}" = ${value}`).join(', ');
  const differs = changes.map(([column, value]) => `(r."${column}")::text IS DISTINCT FROM (${value})::text`).join(' OR ');
  const update = `UPDATE "${table}" r SET ${set} WHERE (${of}) AND (${differs})`;
  const form = LEDGER_FORMS.find(({ kind }) => kind === table);
  return form ? ledgered(form, { of, update }) : `${update};`;
}

/**
 * The record has a new entry of what is left of it, and those of before lose their salt, and with it what they could be proved, or guessed, to be of. What does
 * not fit its entry is erased by nobody: it would cover up who changed it.
 */
function ledgered(form: LedgerForm, { of, update }: { of: string; update: string }): string {
  const { kind, record } = form;
  const entry = `kind = '${kind}' AND (attempt_id = ANY(v_attempts) OR attempt_id IS NULL)`;
  return [
    `IF EXISTS (WITH newest AS (SELECT DISTINCT ON (record) record, salt, content FROM (`,
    `      SELECT record, salt, content, position FROM ledger_entry WHERE ${entry}`,
    `      UNION ALL SELECT record, salt, content, 4611686018427387904 + id FROM ledger_pending WHERE ${entry}) e ORDER BY record, position DESC)`,
    `    SELECT 1 FROM "${kind}" r LEFT JOIN newest n ON n.record = ${record} WHERE (${of}) AND n.content IS DISTINCT FROM ${committed('n.salt', contentOf(form))}) THEN`,
    `  RAISE EXCEPTION 'erasure % is stopped: a record of ${kind} does not fit its entry in the ledger', p_erasure USING ERRCODE = 'restrict_violation';`,
    'END IF;',
    `WITH erased AS (${update} RETURNING ${record} AS record) SELECT array_agg(record) INTO v_records FROM erased;`,
    'IF v_records IS NOT NULL THEN',
    ...(['ledger_pending', 'ledger_entry'] as const).map(
      (ledger) => `  UPDATE ${ledger} e SET who_hash = CASE WHEN e.who IS NOT NULL THEN sha256(e.salt || convert_to('who ' || e.who, 'UTF8')) END,
    who = CASE WHEN e.who <> v_subject THEN e.who END, salt = '' WHERE ${entry} AND e.record = ANY(v_records) AND e.act <> 'erased' AND length(e.salt) > 0;`,
    ),
    `  ${enteringOf(form, { act: 'erased', who: 'p_erasure::text', rows: `(SELECT * FROM "${kind}" r WHERE ${record} = ANY(v_records))` })}`,
    'END IF;',
  ].join('\n');
}
