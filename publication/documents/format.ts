import { formatBasisPoints } from '../../domain/score.ts';

/** How numbers and dates read in documents. No locale data of the machine is asked: a page must not change with it. */

/** 8749 basis points read "87.49 %". Basis points are whole and already rounded down, so a fail never reads as the pass mark. */
export function percentText(basisPoints: number): string {
  return `${formatBasisPoints(basisPoints)}\u{A0}%`;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** "22 November 2026", in UTC. */
export function dateText(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
