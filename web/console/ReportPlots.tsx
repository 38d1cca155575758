import { useTranslation } from 'react-i18next';
import { TableFrame } from '../frame/FramedTable.tsx';
import type { ReportPlot, ReportTable } from '../generated/client.ts';
import { useCellText } from './report-cells.ts';
import { dayText } from './report-days.ts';
import './report-plots.css';

type Row = ReportPlot['rows'][number];
type Props = { readonly plot: ReportPlot; readonly currency: string | undefined };

/** What may be drawn of a table. */
export function ReportPlots({
  plots,
  table,
  currency,
}: {
  readonly plots: readonly ReportPlot[];
  readonly table: ReportTable['id'];
  readonly currency: string | undefined;
}) {
  return plots.filter((plot) => plot.table === table).map((plot) => <Plot key={plot.id} plot={plot} currency={currency} />);
}

/** A row each, with its figure beside the drawing: nothing has to be seen to be known. */
function Plot({ plot, currency }: Props) {
  const { t } = useTranslation('console');
  const title = t(`reportPlot.${plot.id}.title`);
  return (
    <div className="plot">
      <h3>{title}</h3>
      <p className="soft">{t(`reportPlot.${plot.id}.about`)}</p>
      <TableFrame label={title}>
        <table className="plot-rows" aria-label={title}>
          <tbody>
            {plot.rows.map((row, place) => (
              <PlotRow key={place} plot={plot} row={row} currency={currency} />
            ))}
          </tbody>
        </table>
      </TableFrame>
    </div>
  );
}

function PlotRow({ plot, row, currency }: Props & { readonly row: Row }) {
  const { t } = useTranslation('console');
  const cellText = useCellText(currency);
  const { value, low, high, beside } = row;
  const text = (one: number | null) => cellText(one, plot.unit);
  const figure = low === null || high === null ? text(value) : t('reportNote.interval', { value: text(value), low: text(low), high: text(high) });
  const labelOf = useLabels();
  return (
    <tr>
      <th scope="row">{row.labels.map(labelOf).join(', ')}</th>
      <td className="drawing">
        <Drawing plot={plot} row={row} />
      </td>
      <td className="number">{beside === null ? figure : t('reportNote.figureBeside', { figure, beside: text(beside) })}</td>
    </tr>
  );
}

function useLabels(): (label: Row['labels'][number]) => string {
  const { t, i18n } = useTranslation('console');
  return ({ is, value }) => {
    switch (is) {
      case 'name':
        return value;
      case 'word':
        return t(`reportWord.${value}` as 'reportWord.aptitude', { defaultValue: value });
      case 'day':
        return dayText(value, i18n.language);
      case 'column':
        return t(`reportColumn.${value}` as 'reportColumn.attempts', { defaultValue: value });
    }
  };
}

const WIDTH = 100;
const HEIGHT = 8;
const TICK = 1;

/** It is stretched to whatever room there is, so it has upright and level edges alone. */
function Drawing({ plot, row: { value, low, high, beside } }: { readonly plot: ReportPlot; readonly row: Row }) {
  const at = (one: number) => (WIDTH * Math.min(plot.to, Math.max(plot.from, one)) - WIDTH * plot.from) / (plot.to - plot.from);
  const zero = at(0);
  return (
    <svg className="plot-drawing" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {value !== null && plot.drawnAs === 'bar' && (
        <rect className="value" x={Math.min(zero, at(value))} width={Math.abs(at(value) - zero)} y={1} height={HEIGHT - 2} />
      )}
      {value !== null && plot.drawnAs === 'range' && (
        <>
          {low !== null && high !== null && <rect className="reach" x={at(low)} width={at(high) - at(low)} y={HEIGHT / 2 - 0.75} height={1.5} />}
          {beside !== null && <rect className="beside" x={at(beside) - TICK / 2} width={TICK} height={HEIGHT} />}
          <rect className="value" x={at(value) - TICK / 2} width={TICK} height={HEIGHT} />
        </>
      )}
      <line className="zero" x1={zero} x2={zero} y1={0} y2={HEIGHT} />
    </svg>
  );
}
