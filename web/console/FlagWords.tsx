import { useTranslation } from 'react-i18next';
import type { ReportFlag } from '../generated/client.ts';

/** What a flag means, and what may be done about it. */
export function FlagWords({ flag: { kind, choices = [] } }: { readonly flag: ReportFlag }) {
  const { t, i18n } = useTranslation('console');
  const named = new Intl.ListFormat(i18n.language).format(choices);
  return (
    <>
      <p>{t(`itemFlag.${kind}.means`, { choices: named })}</p>
      <p className="soft">{t(`itemFlag.${kind}.do`)}</p>
    </>
  );
}
