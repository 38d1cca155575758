import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { searchPath } from '../../local/environment.ts';
import type { FeedbackReport } from '../../publication/documents/feedback-report.ts';
import type { CertificateDocument } from '../../publication/documents/renderer.ts';

/** Samples and tools of the tests in this folder. */

export const certificate: CertificateDocument = {
  certificateId: '36c5db12-943a-4a55-a16b-2ef85df6e822',
  name: 'Zoë Ángela O’Brien-Łukasiewicz',
  examTitle: 'Certified Software Architect',
  basisPoints: 8749,
  issuedAt: new Date('2026-11-22T10:20:30Z'),
  pageUrl: 'https://certifiable.example/register/36c5db12-943a-4a55-a16b-2ef85df6e822',
  issuerName: 'Certifiable, Inc.',
  credential: '{"type":["VerifiableCredential","OpenBadgeCredential"],"name":"Zoë"}',
};

export const report: FeedbackReport = {
  attemptId: '01942f7e-8a4b-7c3d-9e1f-2b3c4d5e6f70',
  candidateName: 'Zoë Ángela O’Brien-Łukasiewicz',
  examTitle: 'Certified Software Architect',
  test: 'case_study',
  passed: false,
  millipoints: 78_755,
  millipointsMax: 100_000,
  basisPoints: 7875,
  passMark: 8000,
  fileName: 'architecture.pdf',
  decidedAt: new Date('2026-11-22T10:20:30Z'),
  entries: [
    {
      itemId: 'requirements',
      title: 'Requirements and characteristics',
      points: 17.5,
      pointsMax: 20,
      answer: null,
      remarks: [
        'The leading characteristics are the right ones, and each has a scenario that could be tested. The order of auditability and availability has no reason: say what a day without the one costs, and a day without the other.',
      ],
    },
    {
      itemId: 'structure',
      title: 'Structure and components',
      points: 21.255,
      pointsMax: 25,
      answer: null,
      remarks: [
        'The components follow the business, and the owner of each kind of data is clear.',
        'An order lives for days, yet no part owns its course: who notices that a hand-over never happened?',
      ],
    },
    {
      itemId: 'decisions',
      title: 'Decisions and trade-offs',
      points: 15,
      pointsMax: 25,
      answer: null,
      remarks: [
        'Two of the four records compare with an alternative that nobody would choose.\nThe drawbacks of the chosen message broker are missing.',
      ],
    },
    {
      itemId: 'risk-operations',
      title: 'Risk, security and operations',
      points: 16,
      pointsMax: 20,
      answer: null,
      remarks: ['Specific risks with early signs. The staged start has no way back.'],
    },
    { itemId: 'communication', title: 'Communication and diagrams', points: 9, pointsMax: 10, answer: null, remarks: [] },
  ],
};

/** A name, or what could be one, for each script that documents are made to show. */
export const names = {
  Latin: "Đặng Thị Ngọc Ánh O’Çelik-Żółć Ħß Ǆ Ɖ ə D’Arc O'Neil ʻ",
  'Latin, decomposed': 'Zoë Ångström'.normalize('NFD'),
  Greek: 'Ἀλέξανδρος Παπαδόπουλος',
  Cyrillic: 'Ђорђе Їжакевич-Ґалаґан Ў Ә Ө Ң Ү',
  Arabic: 'محمد عبد الرحمن آل سعود',
  Persian: 'علی‌رضا پژمان گلچین',
  Urdu: 'ٹیپو سلطان ڈاکٹر ہے',
  Hebrew: 'שָׁלוֹם בן־גוריון צ׳רצ׳יל',
  Devanagari: 'श्रीकृष्ण द्विवेदी',
  Bengali: 'রবীন্দ্রনাথ ঠাকুর',
  Gurmukhi: 'ਗੁਰਮੁਖੀ ਸਿੰਘ',
  Gujarati: 'મોહનદાસ ગાંધી',
  Odia: 'ଓଡ଼ିଆ ଶ୍ରୀ',
  Tamil: 'ஸ்ரீனிவாஸ ராமானுஜன்',
  Telugu: 'తెలుగు శ్రీ',
  Kannada: 'ಕನ್ನಡ ಶ್ರೀ',
  Malayalam: 'മലയാളം ശ്രീ',
  Sinhala: 'සිංහල ශ්‍රී',
  Thai: 'ณัฐวุฒิ ศรีสุวรรณ์',
  Lao: 'ລາວ ສີສຸພັນ',
  Khmer: 'ខ្មែរ ស្រី',
  Burmese: 'မြန်မာ အောင်',
  Tibetan: 'བོད་ཡིག རྒྱལ',
  Georgian: 'შოთა რუსთაველი',
  Armenian: 'Մեսրոպ Մաշտոց',
  Ethiopic: 'ኃይለ ገብረሥላሴ',
  'Han, simplified': '欧阳娜娜 镕 䶮 𬍛',
  'Han, traditional': '歐陽龍應臺 堃 喆',
  Japanese: '𠮷田さくら 髙橋 﨑 ヴィ',
  Hangul: '김훈민 뷁 쀍',
  Mongolian: 'ᠮᠣᠩᠭᠣᠯ',
  Syriac: 'ܐܒܪܗܡ',
  Thaana: 'ދިވެހި',
  NKo: 'ߒߞߏ',
  Adlam: '𞤀𞤣𞤤𞤢𞤥',
  Tifinagh: 'ⵜⵉⴼⵉⵏⴰⵖ',
  Cherokee: 'ᏣᎳᎩ',
  Inuktitut: 'ᐃᓄᒃᑎᑐᑦ',
  'Ol Chiki': 'ᱥᱟᱱᱛᱟᱲᱤ',
  Meitei: 'ꯃꯤꯇꯩ',
  Javanese: 'ꦗꦮ',
  Yi: 'ꆈꌠ',
  emoji: 'Ada 🎓👩🏽‍💻 ❤️ 🇫🇷 1️⃣',
  'several at once': 'David דוד (داود) 大衛',
} as const;

/** The tests that read PDFs are skipped without it: Debian's package poppler-utils has it. */
export const hasPoppler = spawnSync('pdftotext', ['-v']).error === undefined;

export function textOf(pdf: Uint8Array): string {
  return poppler('pdftotext', ['-raw', '-', '-'], pdf);
}

export function poppler(command: 'pdftotext' | 'pdfinfo' | 'pdffonts' | 'pdfdetach', args: readonly string[], pdf: Uint8Array): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input: pdf,
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8', PATH: searchPath().join(delimiter) },
  });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return stdout;
}
