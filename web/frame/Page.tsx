import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** One page: its heading, which is also the window's title, what may be done to all of it, and its content. */
export function Page({ title, actions, children }: { readonly title: string; readonly actions?: ReactNode; readonly children: ReactNode }) {
  const { t } = useTranslation('frame');
  useEffect(() => {
    document.title = `${title} · ${t('brand')}`;
  }, [title, t]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{title}</h1>
        {actions && <div className="row">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
