import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';

type Pages = { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; readonly fetchNextPage: () => Promise<unknown> };

/** Below a list that comes page by page: the next page, where there is one. */
export function ShowMore({ query: { hasNextPage, isFetchingNextPage, fetchNextPage } }: { readonly query: Pages }) {
  const { t } = useTranslation('console');
  if (!hasNextPage) return null;
  return (
    <div>
      <Button className="button" isPending={isFetchingNextPage} onPress={() => void fetchNextPage()}>
        {t('list.more')}
      </Button>
    </div>
  );
}
