import { useTranslation } from 'react-i18next';
import { durationText, instantText } from '../frame/time.ts';
import type { ReportTable } from '../generated/client.ts';
import { useEstimates } from './estimates.ts';

export type Cell = ReportTable['rows'][number][number];
type Unit = ReportTable['columns'][number]['unit'];

/** What a cell of a report says, in the reader's language. */
export function useCellText(currency: string | undefined): (cell: Cell, unit: Unit) => string {
  const { t, i18n } = useTranslation('console');
  const { share, number, decimal } = useEstimates();
  return (cell, unit) => {
    if (cell === null) return t('reports.noEstimate');
    if (unit === 'word') return t(`reportWord.${cell}` as 'reportWord.aptitude', { defaultValue: String(cell) });
    if (unit === 'instant') return instantText(String(cell), i18n.language);
    if (typeof cell === 'string') return cell;
    switch (unit) {
      case 'figure':
        return decimal(cell);
      case 'seconds':
        return durationText(cell, i18n.language);
      case 'worked':
        return new Intl.NumberFormat(i18n.language, { style: 'unit', unit: 'hour', unitDisplay: 'long', maximumFractionDigits: 1 }).format(
          cell / 3600,
        );
      case 'cents':
        return new Intl.NumberFormat(i18n.language, { style: 'currency', currency: currency ?? 'USD' }).format(cell / 100);
      case 'share':
        return share(cell);
      case 'count':
      case 'name':
        return number(cell);
    }
  };
}
