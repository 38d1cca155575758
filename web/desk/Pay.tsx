import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { PayDue, PayStatements } from '../frame/Pay.tsx';
import { getOwnPay, getOwnPayDocument, getOwnPayStatement } from '../generated/client.ts';

/** What one earned and was paid for, each line with what it was reckoned from. */
export function PayPage() {
  const { t } = useTranslation('desk');
  const pay = useQuery({ queryKey: ['pay'], queryFn: () => getOwnPay() });
  return (
    <Page title={t('pay.title')}>
      <p className="soft">{t('pay.about')}</p>
      <Loaded query={pay}>
        {(data) => (
          <>
            <PayStatements pay={data} read={(month) => getOwnPayStatement({ month })} readFile={(month) => getOwnPayDocument({ month })} />
            <PayDue pay={data} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
