import type { FlagKind } from '../../domain/item-flags.ts';
import type { PlotId } from '../../domain/report-plots.ts';
import type { ReportTable } from '../../domain/report-tables.ts';
import type { ReportKind } from '../../domain/report.ts';
import de from './words/de.json' with { type: 'json' };
import en from './words/en.json' with { type: 'json' };

type Titled = { readonly title: string; readonly about: string };

/** What reports call their kinds, tables, columns and plots: on paper, and in the console, which has a copy (local/web-client.ts). `{{name}}` stands for a value. */
type ReportWords = {
  readonly reportKind: Readonly<Record<ReportKind, string>>;
  readonly reportTable: Readonly<Record<ReportTable['id'], Titled>>;
  readonly reportColumn: Readonly<Record<ReportTable['columns'][number]['id'], string>>;
  /** Codes of ours; of what an exam or a person is called there is no translation. */
  readonly reportWord: Readonly<Record<string, string>>;
  readonly reportPlot: Readonly<Record<PlotId, Titled>>;
  readonly reportNote: Readonly<Record<keyof typeof en.reportNote, string>>;
  readonly reportStandard: Readonly<Record<keyof typeof en.reportStandard, string>>;
  readonly itemReport: typeof en.itemReport;
  readonly itemFlag: Readonly<Record<FlagKind, { readonly means: string; readonly do: string }>>;
};

export type ReportLanguage = 'en' | 'de';

export const REPORT_WORDS: Readonly<Record<ReportLanguage, ReportWords>> = { en, de };

/** With its values in their places. */
export function filled(words: string, values: Readonly<Record<string, string | number>>): string {
  return words.replaceAll(/\{\{(\w+)\}\}/g, (place, name: string) => String(values[name] ?? place));
}
