import { fileURLToPath } from 'node:url';
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler';
import { CREDENTIAL_ATTACHMENT } from './document-key.ts';
import { type ExplanationDocument, viewOfExplanation } from './explanation.ts';
import { type FeedbackReport, viewOf } from './feedback-report.ts';
import { FONT_DIRECTORY, FONTS, readFontCoverage } from './fonts.ts';
import { dateText, percentText } from './format.ts';
import { type ItemReport, viewOfItemReport } from './item-report.ts';
import { createPrintable, type Passage } from './printable.ts';
import { qrCodeSvg } from './qr-code.ts';
import { type TabledReport, viewOfTabledReport } from './tabled-report.ts';

export type CertificateDocument = {
  readonly certificateId: string;
  readonly name: string;
  readonly examTitle: string;
  /** The score, rounded down. */
  readonly basisPoints: number;
  readonly issuedAt: Date;
  /** Where anyone can verify it; the QR code holds this. */
  readonly pageUrl: string;
  readonly issuerName: string;
  /** The id of the certificate that this one corrects. */
  readonly replaces?: string;
  /** The signed credential as JSON, attached as a file of its own: what is printed can be checked by it. Old certificates have none. */
  readonly credential?: string;
};

export type DocumentRenderer = {
  readonly certificate: (certificate: CertificateDocument) => Uint8Array;
  readonly feedbackReport: (report: FeedbackReport) => Uint8Array;
  readonly explanation: (document: ExplanationDocument) => Uint8Array;
  readonly itemReport: (report: ItemReport) => Uint8Array;
  readonly tabledReport: (report: TabledReport) => Uint8Array;
};

const TEMPLATE_DIRECTORY = fileURLToPath(new URL('templates/', import.meta.url));

/**
 * Renders PDF/UA-1 documents whose bytes depend on their input alone: no clock, no random id, no font or locale of the machine.
 * Typst works synchronously, so call it where blocking is fine (a worker pool).
 */
export function createDocumentRenderer(): DocumentRenderer {
  const printable = createPrintable(readFontCoverage());
  const compiler = createTemplateCompiler();
  const fonts = FONTS.map(({ family }) => family);

  const render = (template: string, createdAt: Date, data: object): Uint8Array => {
    try {
      return compiler.pdf(
        { mainFilePath: `${TEMPLATE_DIRECTORY}${template}`, inputs: { data: JSON.stringify({ fonts, ...data }) } },
        { pdfStandard: 'ua-1', creationTimestamp: Math.floor(createdAt.getTime() / 1000) },
      );
    } catch (error) {
      // oxlint-disable-next-line preserve-caught-error -- it quotes what candidates and graders wrote
      throw new Error(`${template} could not be set: ${diagnosticsOf(error)}`);
    } finally {
      compiler.evictCache(RENDERS_KEPT_IN_CACHE);
    }
  };

  return {
    certificate: ({ issuedAt, pageUrl, basisPoints, name, examTitle, issuerName, ...certificate }) =>
      render('certificate.typ', issuedAt, {
        ...certificate,
        attachment: CREDENTIAL_ATTACHMENT,
        title: `Certificate: ${printable.line(examTitle).text}, ${printable.line(name).text}`,
        name: printable.line(name),
        examTitle: printable.line(examTitle),
        issuerName: printable.line(issuerName).text,
        score: percentText(basisPoints),
        issuedOn: dateText(issuedAt),
        pageUrl,
        pageUrlShown: pageUrl.replace(/^https?:\/\//, ''),
        qrCode: qrCodeSvg(pageUrl),
      }),
    feedbackReport: (report) => render('feedback-report.typ', report.decidedAt, printedView(viewOf(report))),
    explanation: (document) => {
      const { notes, ...view } = viewOfExplanation(document);
      const printed = { ...printedView(view), notes: notes.map((note) => printable.lines(note)) };
      return render('feedback-report.typ', new Date(document.explanation.decision.decidedAt), printed);
    },
    itemReport: (report) => {
      const { subject, findings, plot, rows, choices, caseStudies, ...view } = viewOfItemReport(report);
      const lines = (cells: readonly (readonly string[])[]) => cells.map((row) => row.map((cell) => printable.line(cell)));
      return render('item-report.typ', report.asOf, {
        ...view,
        title: `${view.heading}: ${printable.line(subject).text}`,
        subject: printable.line(subject),
        findings: printedFindings(findings),
        plot: { svg: plot.svg, alt: printable.line(plot.alt).text },
        rows: lines(rows),
        choices: lines(choices),
        caseStudies: caseStudies.map((one) => ({
          ...one,
          name: printable.line(one.name),
          findings: printedFindings(one.findings),
          rows: lines(one.rows),
        })),
      });
    },
    tabledReport: (report) => {
      const { subject, sections, ...view } = viewOfTabledReport(report);
      return render('tabled-report.typ', report.madeAt, {
        ...view,
        title: `${view.heading}: ${printable.line(subject).text}`,
        subject: printable.line(subject),
        sections: sections.map(({ plots, rows, ...section }) => ({
          ...section,
          plots: plots.map((plot) => ({ ...plot, rows: plot.rows.map(({ name, ...row }) => ({ ...row, name: printable.line(name) })) })),
          rows: rows.map((row) => row.map((cell) => printable.line(cell))),
        })),
      });
    },
  };

  function printedFindings(findings: ReturnType<typeof viewOfItemReport>['findings']): readonly object[] {
    return findings.map(({ grade, ...words }) => ({
      grade,
      ...Object.fromEntries(Object.entries(words).map(([name, text]) => [name, printable.line(text)])),
    }));
  }

  /** PDF/UA wants a text in every heading. */
  function headingOf(title: string): readonly Passage[] {
    const lines = printable.lines(title);
    return lines.length === 0 ? [printable.line('Untitled')] : lines;
  }

  function printedView(view: Omit<ReturnType<typeof viewOf>, 'decidedAt'>): object {
    const examTitle = printable.line(view.examTitle);
    return {
      ...view,
      title: `${view.heading}: ${examTitle.text}, ${view.testTitle}`,
      candidateName: printable.line(view.candidateName),
      examTitle,
      fileName: printable.line(view.fileName),
      entries: view.entries.map(({ title, answer, remarks, ...entry }) => ({
        ...entry,
        title: headingOf(title),
        answer: printable.lines(answer),
        remarks: remarks.map(({ by, text }) => ({ by, lines: printable.lines(text) })).filter(({ lines }) => lines.length > 0),
      })),
    };
  }
}

/** What Typst says, without what it quotes of the document: names and remarks don't belong in logs. */
function diagnosticsOf(error: unknown): string {
  // The binding leaves the message empty: the code has a line for each diagnostic or, from an export, the list as Rust prints it.
  const text = String(error instanceof Error && 'code' in error ? error.code : error);
  const printed = Array.from(text.matchAll(/message: "((?:[^"\\]|\\.)*)"/g), ([, message = '']) => message.replaceAll('\\"', '"'));
  return (printed.length > 0 ? printed.join('; ') : text).replaceAll(/`.*?`|".*?"/gs, '…');
}

/** Typst keeps what it computed, for everyone in the process: what the last few renders did not use is dropped, or memory would grow with each name. */
const RENDERS_KEPT_IN_CACHE = 5;

/**
 * A compiler that reads below the template directory and nowhere else. Fonts of ours win over those of the same name that a machine has,
 * and templates name only ours.
 */
export function createTemplateCompiler(): NodeCompiler {
  return NodeCompiler.create({ workspace: TEMPLATE_DIRECTORY, fontArgs: [{ fontPaths: [FONT_DIRECTORY] }] });
}
