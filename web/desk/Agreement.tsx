import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { MarkingFigures } from '../frame/MarkingFigures.tsx';
import { Page } from '../frame/Page.tsx';
import { getOwnAgreement } from '../generated/client.ts';

/** How one marks oneself, beside others who marked the same. */
export function AgreementPage() {
  const { t } = useTranslation('desk');
  const agreement = useQuery({ queryKey: ['agreement'], queryFn: () => getOwnAgreement() });
  return (
    <Page title={t('agreement.title')}>
      <p className="soft">{t('agreement.about')}</p>
      <Loaded query={agreement}>
        {({ exams }) => (exams.length === 0 ? <p className="empty">{t('agreement.none')}</p> : <MarkingFigures exams={exams} />)}
      </Loaded>
    </Page>
  );
}
