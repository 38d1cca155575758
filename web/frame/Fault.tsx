import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

/** A page that is not there, or broke: our fault, said in words, with the way back. */
export function Fault({ missing = false }: { readonly missing?: boolean }) {
  const { t } = useTranslation('frame');
  useEffect(() => {
    document.title = t('fault.title');
  }, [t]);
  return (
    <div className="card narrow" role="alert">
      <h1>{missing ? t('fault.missing') : t('fault.title')}</h1>
      <p>{missing ? t('fault.missingAbout') : t('fault.about')}</p>
      <p>
        <a className="button" href={location.pathname.split('/').slice(0, 2).join('/')}>
          {t('fault.back')}
        </a>
      </p>
    </div>
  );
}
