import { useMutation } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { save } from '../frame/download.ts';
import { FramedTable } from '../frame/FramedTable.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { getReportDocument, type PeriodReport, type ReportTable, type StandardSettingReport } from '../generated/client.ts';
import { useCellText, type Cell } from './report-cells.ts';
import { ReportPlots } from './ReportPlots.tsx';
import './report-tables.css';

type Column = ReportTable['columns'][number];

export type TabledReport = PeriodReport | StandardSettingReport;

/** What a report of a period or of standard setting says, table by table. */
export function ReportTables({ report }: { readonly report: TabledReport }) {
  return report.tables.map((table) => <Table key={table.id} report={report} table={table} />);
}

function Table({ report, table: { id, columns, rows, withheldBelow } }: { readonly report: TabledReport; readonly table: ReportTable }) {
  const { t } = useTranslation('console');
  const title = t(`reportTable.${id}.title`);
  const currency = 'currency' in report ? report.currency : undefined;
  const taken = useMutation({
    mutationFn: async () => save(await getReportDocument({ reportId: report.id, table: id })),
  });
  return (
    <section className="section" aria-labelledby={`table-${id}`}>
      <div className="row spread">
        <h2 id={`table-${id}`}>{title}</h2>
        {rows.length > 0 && (
          <Button className="button" aria-label={t('reports.downloadOf', { title })} isDisabled={taken.isPending} onPress={() => taken.mutate()}>
            {t('reports.download')}
          </Button>
        )}
      </div>
      {taken.error && <TroubleNote error={taken.error} onRetry={() => taken.mutate()} />}
      <p>{t(`reportTable.${id}.about`)}</p>
      {withheldBelow !== undefined && <p className="soft">{t('reportNote.withheld', { count: withheldBelow })}</p>}
      <ReportPlots plots={report.plots} table={id} currency={currency} />
      {rows.length === 0 ? (
        <p className="empty">{t('reportNote.noRows')}</p>
      ) : (
        <FramedTable
          label={t('reports.figuresOf', { title })}
          headings={columns.map((column) => ({ text: t(`reportColumn.${column.id}`), isOfNumbers: isNumber(column) }))}
        >
          {rows.map((row, place) => (
            <tr key={place}>
              {columns.map((column, index) => (
                <td key={column.id} className={isNumber(column) ? 'number' : undefined}>
                  <Value column={column} cell={row[index] ?? null} currency={currency} />
                </td>
              ))}
            </tr>
          ))}
        </FramedTable>
      )}
    </section>
  );
}

function isNumber({ unit }: Column): boolean {
  return unit !== 'name' && unit !== 'word' && unit !== 'instant';
}

/** The bar says what the number beside it says. */
function Value({ column: { id, unit }, cell, currency }: { readonly column: Column; readonly cell: Cell; readonly currency: string | undefined }) {
  const cellText = useCellText(currency);
  return (
    <>
      {unit === 'share' && typeof cell === 'number' && id.endsWith('Share') && (
        <svg className="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect width={cell * 100} height="8" />
        </svg>
      )}
      {cellText(cell, unit)}
    </>
  );
}
