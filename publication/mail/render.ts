import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Liquid } from 'liquidjs';
import { shownLine } from '../../domain/text.ts';
import type { MailContent, NoticeContent } from './kinds.ts';

/**
 * Mails and notices from the files under templates/, one folder a locale. To add a locale, add its folder: a test tells
 * which files and variables are missing.
 */

export type RenderedMail = {
  /** The one it is written in, which may be less special than the one asked for. */
  readonly locale: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
};

export type RenderedNotice = { readonly subject: string; readonly body: string };

const FALLBACK_LOCALE = 'en';

export const templateDirectory = fileURLToPath(new URL('templates', import.meta.url));

export const mailLocales: readonly string[] = readdirSync(templateDirectory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** A template may ask whether it was told something; what it prints must be there. */
const strict = { root: templateDirectory, cache: true, strictVariables: true, lenientIf: true, strictFilters: true, ownPropertyOnly: true } as const;
const textEngine = new Liquid(strict);
const htmlEngine = new Liquid({ ...strict, outputEscape: 'escape' });

/** Whom it is for: BCP 47, and a time zone of the IANA database or null for UTC. */
type Reader = { readonly locale: string; readonly timeZone: string | null };

/** Throws a RangeError for a URL or a date that is none, and liquidjs' error for a variable that is missing. */
export function renderMail({ kind, data, locale: requested, timeZone }: MailContent & Reader): RenderedMail {
  const locale = lookUpLocale(requested);
  const values = prepare(data, { locale: formattingLocale(requested, locale), timeZone });
  const subject = renderText(`${locale}/${kind}.subject.liquid`, values);
  const frame = { ...values, subject, language: locale, footer: renderText(`${locale}/footer.liquid`, {}) };
  return {
    locale,
    subject,
    text: `${renderText(`${locale}/${kind}.text.liquid`, frame)}\n`,
    html: (htmlEngine.renderFileSync(`${locale}/${kind}.html.liquid`, frame) as string).trim(),
  };
}

/** As it stands in the candidate's inbox: plain text both. Throws as renderMail does. */
export function renderNotice({ kind, data, locale: requested, timeZone }: NoticeContent & Reader): RenderedNotice {
  const locale = lookUpLocale(requested);
  const values = prepare(data, { locale: formattingLocale(requested, locale), timeZone });
  return {
    subject: renderText(`${locale}/${kind}.subject.liquid`, values),
    body: renderText(`${locale}/${kind}.notice.liquid`, values),
  };
}

/** RFC 4647 lookup: de-AT, then de, then English. What is no language tag at all gets English too. */
export function lookUpLocale(requested: string): string {
  for (let range = canonical(requested); range !== ''; range = range.slice(0, Math.max(range.lastIndexOf('-'), 0))) {
    if (mailLocales.includes(range)) return range;
  }
  return FALLBACK_LOCALE;
}

function canonical(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? '';
  } catch {
    return '';
  }
}

/** An Austrian reads Austrian dates in a German mail; a Frenchman with an English mail reads English ones. */
function formattingLocale(requested: string, written: string): string {
  const wanted = canonical(requested);
  return wanted === written || wanted.startsWith(`${written}-`) ? wanted : written;
}

function renderText(file: string, values: object): string {
  return (textEngine.renderFileSync(file, values) as string).trim();
}

function prepare(data: MailContent['data'], reader: Reader): Readonly<Record<string, string | number>> {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, prepareValue(name, value, reader)]));
}

function prepareValue(name: string, value: string | number, reader: Reader): string | number {
  if (typeof value === 'number') return value;
  if (name.endsWith('Url')) return webAddress(value);
  if (name === 'downloadBy' || name === 'deadline' || name === 'expectedBy' || name === 'brokenAt') return formatTime(value, reader);
  if (name === 'score') return formatPercent(value, reader.locale);
  return shownLine(value);
}

/** As the URL standard writes it: without a space, a line break or a bracket that could end a header. */
function webAddress(value: string): string {
  const url = URL.parse(value);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') throw new RangeError('a URL in a mail must be absolute, http or https');
  return url.href;
}

/** With the zone's name in full: short ones are shared by several zones. */
function formatTime(value: string, { locale, timeZone }: Reader): string {
  const date = { year: 'numeric', month: 'long', day: 'numeric' } as const;
  const zone = timeZone === null ? ({ timeZone: 'UTC', timeZoneName: 'short' } as const) : ({ timeZone, timeZoneName: 'long' } as const);
  return new Intl.DateTimeFormat(locale, { ...date, hour: '2-digit', minute: '2-digit', ...zone }).format(new Date(value));
}

function formatPercent(value: string, locale: string): string {
  const style = { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 } as const;
  return new Intl.NumberFormat(locale, style).format(Number(value) / 100);
}
