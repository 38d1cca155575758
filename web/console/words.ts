import type { i18n, TFunction, TOptions } from 'i18next';
import { deadlineText } from '../frame/time.ts';
import type { AuditEntry, ClaimedAct } from '../generated/client.ts';

/** Values of the pure parts as people read them: instants in the reader's zone, codes in words, lists joined. */

/** Who acts where our own machinery does. */
const OURSELVES = 'system';

/**
 * What was done, and by whom as far as that is known: what somebody typed in the Temporal UI is nobody's act until it is confirmed, and then
 * it is whose confirmed it. A code without words does not compile.
 */
export function auditInWords(t: TFunction<'console'>, { action, actor, details }: AuditEntry): string {
  const { act, claimedBy = '', claimed } = details as { act?: ClaimedAct['act']; claimedBy?: string; claimed?: boolean };
  const isClaimedOnly = claimed === true && action !== 'claim_act';
  const who = actor === OURSELVES ? t('audited.system') : isClaimedOnly ? t('audited.inTheNameOf', { actor }) : actor;
  const what = t(`audit.${action}`, { actor: who, claimedBy, act: act === undefined ? '' : t(`claimedAct.${act}`) });
  const isConfirmed = claimedBy !== '' && action !== 'dismiss_claim';
  return isConfirmed ? `${what} ${t('audited.confirmed', { claimedBy })}` : what;
}

const INSTANTS = new Set(['from', 'to', 'deadline']);
/** Values that are codes, and where the texts have their words. */
const CODES: Readonly<Record<string, string>> = {
  window: 'window',
  test: 'test',
  outcome: 'phase',
  resolution: 'claims.resolution',
  releaseReason: 'releaseReason',
  mailKind: 'mail.kind',
  mailState: 'mail.state',
};

type Value = string | number | boolean | readonly string[];

export function inWords(texts: i18n, values: Readonly<Record<string, Value>> = {}): TOptions {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, wordsOf(texts, name, value)]));
}

function wordsOf(texts: i18n, name: string, value: Value): string {
  if (typeof value === 'boolean') return texts.t(value ? 'console:truth.yes' : 'console:truth.no');
  if (typeof value === 'number') return new Intl.NumberFormat(texts.language).format(value);
  if (typeof value !== 'string') return new Intl.ListFormat(texts.language).format(value);
  if (INSTANTS.has(name)) return deadlineText(value, texts.language);
  const group = CODES[name];
  return group === undefined || value === '' ? value : texts.t(`console:${group}.${value}` as 'console:truth.yes', { defaultValue: value });
}
