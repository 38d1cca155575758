import { useTranslation } from 'react-i18next';
import type { Change } from './acts.ts';
import { inWords } from './words.ts';

/** What an act will change, to be read before it is done. */
export function Changes({ changes }: { readonly changes: readonly Change[] }) {
  const { t, i18n } = useTranslation('console');
  return (
    <div>
      <h3>{t('acts.changes')}</h3>
      <ul className="changes">
        {changes.map(({ key, values, grave }) => (
          <li key={key} className={grave ? 'grave' : undefined}>
            {t(`change.${key}`, inWords(i18n, values))}
          </li>
        ))}
      </ul>
    </div>
  );
}
