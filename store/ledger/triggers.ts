import type { LedgerForm } from './forms.ts';

/** The commitment of an entry to what a record said: SHA-256 over the entry's salt and the text. */
export const committed = (salt: string, text: string): string => `sha256(${salt} || convert_to(${text}, 'UTF8'))`;

/** A record as the text that is hashed: its columns in their order, as PostgreSQL writes JSON, instants in UTC. */
export function contentOf({ columns }: LedgerForm): string {
  const pairs = columns.map((column) => `'${column}', r."${column}"`).join(', ');
  return `jsonb_build_object(${pairs})::text`;
}

/** The name of a table's trigger for each of what can be done to its rows. */
export function triggersOf({ kind, changes }: LedgerForm): readonly string[] {
  return [`${kind}_ledger_made`, ...(changes ? [`${kind}_ledger_changed`] : []), `${kind}_ledger_removed`, `${kind}_ledger_kept`];
}

/**
 * Writes an entry with each record, in the record's own transaction and as the owner of the tables: whoever may write a record can't leave
 * its entry out, and can't write one of their own. What is removed or changed past the other guards is an entry too.
 */
export function sqlOf(form: LedgerForm): string {
  const { kind } = form;
  return [
    `CREATE OR REPLACE FUNCTION "ledger_${kind}"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET TimeZone = 'UTC' AS $$`,
    'BEGIN',
    `  IF TG_OP = 'INSERT' THEN`,
    `    ${entering(form, 'made', 'made')}`,
    `  ELSIF TG_OP = 'UPDATE' THEN`,
    `    ${entering(form, 'changed', '(SELECT NEW.*)')}`,
    '  ELSE',
    `    ${entering(form, 'removed', '(SELECT OLD.*)')}`,
    '  END IF;',
    '  RETURN NULL;',
    'END;',
    '$$;',
    `CREATE TRIGGER "${kind}_ledger_made" AFTER INSERT ON "${kind}" REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "ledger_${kind}"();`,
    ...(form.changes ? [changedTrigger(form)] : []),
    `CREATE TRIGGER "${kind}_ledger_removed" AFTER DELETE ON "${kind}" FOR EACH ROW EXECUTE FUNCTION "ledger_${kind}"();`,
    `CREATE TRIGGER "${kind}_ledger_kept" BEFORE TRUNCATE ON "${kind}" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();`,
    '',
  ].join('\n');
}

/** The entries of what was there before the ledger. */
export function adoptionOf(form: LedgerForm): string {
  return entering(form, 'adopted', `"${form.kind}"`);
}

function changedTrigger({ kind, columns }: LedgerForm): string {
  const row = (side: string) => columns.map((column) => `${side}."${column}"${column === 'credential' ? '::text' : ''}`).join(', ');
  return `CREATE TRIGGER "${kind}_ledger_changed" AFTER UPDATE ON "${kind}" FOR EACH ROW\n  WHEN ((${row('OLD')}) IS DISTINCT FROM (${row('NEW')})) EXECUTE FUNCTION "ledger_${kind}"();`;
}

function entering(form: LedgerForm, act: string, rows: string): string {
  return enteringOf(form, { act, rows, who: form.who ?? 'NULL' });
}

/** Writes the entries of rows. */
export function enteringOf(form: LedgerForm, { act, who, rows }: { act: string; who: string; rows: string }): string {
  const { kind, record, attempt = 'NULL::uuid' } = form;
  return `INSERT INTO "ledger_pending" ("at", "by_role", "act", "kind", "record", "attempt_id", "who", "salt", "content")
    SELECT clock_timestamp(), session_user, '${act}', '${kind}', e.record, e.attempt, e.who, e.salt, ${committed('e.salt', 'e.content')}
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt, ${record} AS record, ${attempt} AS attempt, ${who} AS who,
      ${contentOf(form)} AS content FROM ${rows} r) e;`;
}
