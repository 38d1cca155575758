import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReportedItem, ReportFlag } from '../generated/client.ts';
import { useEstimates } from './estimates.ts';
import type { NameOf } from './ReportPage.tsx';
import './item-plot.css';

/** In units of the drawing. Facility goes from 0 to 1, discrimination as far down as an item lies, and to 1. */
const [WIDTH, HEIGHT, MARGIN] = [640, 360, 48] as const;
const STEP = 0.25;
const ticksFrom = (lowest: number) => Array.from({ length: Math.round((1 - lowest) / STEP) + 1 }, (_none, place) => lowest + place * STEP);

type Placed = ReportedItem & { readonly number: number; readonly x: number; readonly y: number };

/** How hard each item is beside how well it tells candidates apart. The table below says the same: the picture is for who would rather look. */
export function ItemPlot({ items, nameOf }: { readonly items: readonly ReportedItem[]; readonly nameOf: NameOf }) {
  const { t } = useTranslation('console');
  const { share, decimal } = useEstimates();
  const id = useId();
  const lowest = Math.min(0, ...items.map(({ discrimination }) => STEP * Math.floor((discrimination?.value ?? 0) / STEP)));
  const xOf = (facility: number) => MARGIN + facility * (WIDTH - 2 * MARGIN);
  const yOf = (discrimination: number) => HEIGHT - MARGIN - ((discrimination - lowest) / (1 - lowest)) * (HEIGHT - 2 * MARGIN);
  const placed = items.flatMap((item, index): readonly Placed[] =>
    item.discrimination ? [{ ...item, number: index + 1, x: xOf(item.facility), y: yOf(item.discrimination.value) }] : [],
  );
  return (
    <svg className="item-plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-labelledby={`${id}-title`} aria-describedby={`${id}-about`}>
      <title id={`${id}-title`}>{t('itemReport.plot')}</title>
      <desc id={`${id}-about`}>{t('reports.plotInWords', { count: placed.length, flagged: placed.filter(hasFault).length })}</desc>
      {ticksFrom(0).map((tick) => (
        <g key={tick} aria-hidden="true">
          <line className="grid" x1={xOf(tick)} x2={xOf(tick)} y1={MARGIN} y2={HEIGHT - MARGIN} />
          <text x={xOf(tick)} y={HEIGHT - MARGIN + 18} textAnchor="middle">
            {share(tick)}
          </text>
        </g>
      ))}
      {ticksFrom(lowest).map((tick) => (
        <g key={tick} aria-hidden="true">
          <line className="grid" x1={MARGIN} x2={WIDTH - MARGIN} y1={yOf(tick)} y2={yOf(tick)} />
          <text x={MARGIN - 6} y={yOf(tick) + 4} textAnchor="end">
            {decimal(tick)}
          </text>
        </g>
      ))}
      <text x={WIDTH / 2} y={HEIGHT - 8} textAnchor="middle" aria-hidden="true">
        {t('itemReport.facility')}
      </text>
      <text x={MARGIN} y={MARGIN - 16} aria-hidden="true">
        {t('itemReport.discrimination')}
      </text>
      {placed.map((item) => (
        <g key={item.id} className={hasFault(item) ? 'fault' : undefined} aria-hidden="true">
          <title>{nameOf(item.id)}</title>
          {hasFault(item) ? (
            <rect x={item.x - 5} y={item.y - 5} width="10" height="10" transform={`rotate(45 ${item.x} ${item.y})`} />
          ) : (
            <circle cx={item.x} cy={item.y} r="5" />
          )}
          {/* All numbers would lie over one another. */}
          {item.flags.length > 0 && (
            <text x={item.x + 8} y={item.y + 4}>
              {item.number}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

/** Something about it may have cost somebody points. */
export function hasFault({ flags }: { readonly flags: readonly ReportFlag[] }): boolean {
  return flags.some(({ grade }) => grade === 'fault');
}
