import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TroubleNote } from './TroubleNote.tsx';

/** What a query read, once it is there. What was read before stays in sight when reading it again fails. */
export function Loaded<Data>({ query, children }: { readonly query: UseQueryResult<Data>; readonly children: (data: Data) => ReactNode }) {
  const { t } = useTranslation('frame');
  const { data, error, refetch } = query;
  return (
    <>
      {error && <TroubleNote error={error} onRetry={() => void refetch()} />}
      {data !== undefined ? (
        children(data)
      ) : error ? null : (
        <p className="loading" role="status">
          {t('loading')}
        </p>
      )}
    </>
  );
}
