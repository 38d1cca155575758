import { encode } from 'uqr';

/** An SVG of the QR code of a text, without a quiet zone. It stands a crease or a stain over 15 % of it (level M). */
export function qrCodeSvg(text: string): string {
  const { data, size } = encode(text, { ecc: 'M', border: 0 });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}"><path d="${data.flatMap(runsOf).join('')}"/></svg>`;
}

/** One rectangle for each run of dark modules, a trifle taller than its row: viewers draw hairlines between shapes that only touch. */
function runsOf(row: readonly boolean[], y: number): readonly string[] {
  const runs = row.map((dark) => (dark ? '#' : ' ')).join('');
  return Array.from(runs.matchAll(/#+/g), ({ index, 0: run }) => `M${index} ${y}h${run.length}v1.01h-${run.length}z`);
}
