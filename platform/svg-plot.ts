/** Plots of lines over time as SVG: panels below each other with one axis of time. Light, and readable in black and white too. */

type Line = {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly colour: string;
  readonly dashed?: boolean;
};

export type Panel = {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly xLabel: string;
  /** At least so high, so that a flat line is not blown up. */
  readonly yAtLeast?: number;
};

const WIDTH = 900;
const PANEL_HEIGHT = 220;
const MARGIN = { left: 70, right: 24, top: 44, bottom: 40 };
const TITLE_HEIGHT = 56;
const INK = '#1f2933';
const FAINT = '#d9dee3';
const TICKS = 5;

export function plotPanels({ title, subtitle, panels }: { title: string; subtitle: string; panels: readonly Panel[] }): string {
  const height = TITLE_HEIGHT + panels.length * PANEL_HEIGHT + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, 'DejaVu Sans', sans-serif" fill="${INK}">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text({ x: 20, y: 28, content: title, size: 18, bold: true }),
    text({ x: 20, y: 48, content: subtitle, size: 12 }),
    ...panels.map((panel, index) => `<g transform="translate(0 ${TITLE_HEIGHT + index * PANEL_HEIGHT})">${panelOf(panel)}</g>`),
    '</svg>\n',
  ].join('\n');
}

function panelOf({ title, lines, xLabel, yAtLeast = 0 }: Panel): string {
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(({ x }) => x);
  const x = scaleOf({ from: Math.min(...xs), to: Math.max(...xs), start: MARGIN.left, end: WIDTH - MARGIN.right });
  const yTicks = ticksUpTo(Math.max(yAtLeast, ...points.map(({ y }) => y)));
  const y = scaleOf({ from: 0, to: yTicks.at(-1) ?? 1, start: PANEL_HEIGHT - MARGIN.bottom, end: MARGIN.top });
  const xTicks = ticksBetween(Math.min(...xs), Math.max(...xs));
  const bottom = PANEL_HEIGHT - MARGIN.bottom;
  return [
    text({ x: MARGIN.left, y: 18, content: title, size: 13, bold: true }),
    ...yTicks.flatMap((tick) => [
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(tick)}" y2="${y(tick)}" stroke="${FAINT}"/>`,
      text({ x: MARGIN.left - 8, y: y(tick) + 4, content: tick.toLocaleString('en'), size: 11, anchor: 'end' }),
    ]),
    ...xTicks.map((tick) => text({ x: x(tick), y: bottom + 16, content: tick.toLocaleString('en'), size: 11, anchor: 'middle' })),
    text({ x: WIDTH - MARGIN.right, y: bottom + 32, content: xLabel, size: 11, anchor: 'end' }),
    ...lines.map(
      (line) =>
        `<polyline fill="none" stroke="${line.colour}" stroke-width="2" stroke-linejoin="round"${line.dashed ? ' stroke-dasharray="6 4"' : ''} points="${line.points
          .map((point) => `${round(x(point.x))},${round(y(point.y))}`)
          .join(' ')}"/>`,
    ),
    legendOf(lines),
  ].join('\n');
}

/** In a row below the panel's title, each name about as wide as its letters. */
function legendOf(lines: readonly Line[]): string {
  let left = MARGIN.left;
  return lines
    .map(({ name, colour, dashed }) => {
      const at = left;
      left += 44 + name.length * 6.6;
      const stroke = `<line x1="${at}" x2="${at + 22}" y1="32" y2="32" stroke="${colour}" stroke-width="3"${dashed ? ' stroke-dasharray="6 4"' : ''}/>`;
      return stroke + text({ x: at + 28, y: 36, content: name, size: 11 });
    })
    .join('\n');
}

function scaleOf({ from, to, start, end }: { from: number; to: number; start: number; end: number }): (value: number) => number {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}

/** Round numbers from 0 to the first that is not below `most`. */
export function ticksUpTo(most: number): readonly number[] {
  const step = stepOf(most || 1);
  const count = Math.max(1, Math.ceil((most || 1) / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => tidy(index * step));
}

function ticksBetween(from: number, to: number): readonly number[] {
  const step = stepOf(to - from || 1);
  const first = Math.ceil(from / step - 1e-9);
  return Array.from({ length: Math.floor(to / step + 1e-9) - first + 1 }, (_, index) => tidy((first + index) * step));
}

/** 1, 2 or 5 times a power of ten. */
function stepOf(span: number): number {
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough - 1e-12) ?? 10) * power;
}

function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

type Text = { x: number; y: number; content: string; size: number; bold?: boolean; anchor?: 'start' | 'middle' | 'end' };

function text({ x, y, content, size, bold = false, anchor = 'start' }: Text): string {
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" text-anchor="${anchor}"${bold ? ' font-weight="600"' : ''}>${escape(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
