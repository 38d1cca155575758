import { useTranslation } from 'react-i18next';
import type { Estimate } from '../generated/client.ts';

/** Figures in the reader's language; what there is no estimate of says so. */
export function useEstimates() {
  const { t, i18n } = useTranslation('console');
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 });
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const orNone = (value: number | undefined, format: Intl.NumberFormat) => (value === undefined ? t('reports.noEstimate') : format.format(value));
  return {
    share: (value: number | undefined) => orNone(value, percent),
    number: (value: number) => numbers.format(value),
    decimal: (value: number | undefined) => orNone(value, numbers),
    points: (value: number | undefined) => orNone(value, numbers),
    interval: (value: Estimate | undefined) =>
      value === undefined
        ? t('reports.noEstimate')
        : t('reportNote.interval', { value: numbers.format(value.value), low: numbers.format(value.low), high: numbers.format(value.high) }),
  };
}
