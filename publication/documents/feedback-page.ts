import { fileURLToPath } from 'node:url';
import { Liquid } from 'liquidjs';
import { type FeedbackReport, viewOf } from './feedback-report.ts';

/** Everything that a template prints is escaped; a template names no file and no variable that is not there. */
const liquid = new Liquid({
  root: fileURLToPath(new URL('templates/', import.meta.url)),
  extname: '.liquid',
  outputEscape: 'escape',
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  cache: true,
});

/** The feedback report as one HTML page that needs nothing else: no script, no image, no font. Its style sheet is inside, in a `style` element. */
export async function renderFeedbackPage(report: FeedbackReport): Promise<string> {
  return liquid.renderFile('feedback-report', viewOf(report)) as Promise<string>;
}
