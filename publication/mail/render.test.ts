import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Liquid } from 'liquidjs';
import { describe, expect, it } from 'vitest';
import { WINDOWS } from '../../domain/attempt.ts';
import { NOTICE_KINDS, type MailContent, type MailData, type MailKind, type NoticeContent, type WatchedStatus } from './kinds.ts';
import { lookUpLocale, mailLocales, renderMail, renderNotice, templateDirectory } from './render.ts';

const exam = { name: 'Zoë O’Neill', examTitle: 'Software Architect' };
const certificateUrl = 'https://certifiable.example/certificates/4f5c';
const attemptUrl = 'https://certifiable.example/attempts/0190';

const deskUrl = 'https://certifiable.example/desk';
const deadline = '2026-12-22T14:05:00.000Z';
const expected = { expected: 'earlier', expectedBy: '2026-12-18T09:00:00.000Z' } as const;
const ofWindow = { ...exam, attemptUrl, deadline, window: 'case_study' } as const;

const samples: MailData = {
  registered: { ...exam, attemptUrl, deadline },
  registered_for_case_study: { ...exam, attemptUrl, deadline },
  aptitude_submitted: { ...exam, attemptUrl, deadline, ...expected, answers: 'some' },
  aptitude_timed_out: { ...exam, attemptUrl, deadline, ...expected, answers: 'some' },
  case_study_submitted: { ...exam, attemptUrl, deadline, ...expected },
  case_study_timed_out: { ...exam, attemptUrl, deadline, ...expected },
  result_later: { ...exam, attemptUrl, test: 'case_study', expectedBy: expected.expectedBy },
  deadline_moved: ofWindow,
  deadline_corrected: ofWindow,
  deadline_near: ofWindow,
  reopened: ofWindow,
  file_unreadable: { ...exam, attemptUrl, deadline, fileName: 'solution.pdf', reason: 'Every page is blank.' },
  lapsed: ofWindow,
  accommodated: { ...exam, attemptUrl, percent: 150 },
  withdrawn: { ...exam, attemptUrl },
  upload_not_taken: { ...exam, attemptUrl, deadline, fileName: 'solution.pdf', rejectedFor: 'infected', counts: 'none' },
  upload_not_taken_late: { ...exam, attemptUrl, fileName: 'solution.pdf', rejectedFor: 'infected', counts: 'earlier' },
  submitted_file_infected: { ...exam, attemptUrl, fileName: 'solution.pdf' },
  aptitude_not_answered: { ...exam, attemptUrl },
  case_study_not_submitted: { ...exam, attemptUrl },
  aptitude_passed: { ...exam, attemptUrl, downloadBy: '2026-12-22T14:05:00.000Z' },
  aptitude_failed: { ...exam, attemptUrl },
  case_study_passed: { ...exam, certificateUrl, score: '87.50' },
  case_study_failed: { ...exam, attemptUrl },
  appeal_filed: { ...exam, attemptUrl, deadline, test: 'aptitude' },
  appeal_withdrawn: { ...exam, attemptUrl, test: 'case_study' },
  appeal_raised: { ...exam, attemptUrl, test: 'aptitude' },
  appeal_refused: { ...exam, attemptUrl, test: 'case_study' },
  appeal_aptitude_passed: { ...exam, attemptUrl, deadline },
  appeal_case_study_passed: { ...exam, certificateUrl, score: '87.50' },
  complaint_filed: { ...exam, attemptUrl },
  complaint_answered: { ...exam, attemptUrl },
  regraded: { ...exam, attemptUrl, test: 'case_study', outcome: 'passed', certificateUrl, score: '87.50' },
  certificate_suspended: { ...exam, certificateUrl },
  certificate_reinstated: { ...exam, certificateUrl },
  certificate_revoked: { ...exam, certificateUrl },
  certificate_replaced: { ...exam, certificateUrl, newCertificateUrl: 'https://certifiable.example/certificates/9a1b' },
  grader_new_work: { name: exam.name, count: 3, deskUrl },
  grader_reminder: { name: exam.name, deadline, deskUrl: `${deskUrl}/assignments/5b1e` },
  grader_drift: { name: exam.name, deskUrl },
  grader_rating_round: { name: exam.name, round: 2, deskUrl: 'https://certifiable.example/console/panels/5b1e/ratings' },
  grader_lease_ending: { name: exam.name, deadline, deskUrl: `${deskUrl}/assignments/5b1e` },
  staff_called: {
    attention: 3,
    overdue: 1,
    claimed: 2,
    proposed: 1,
    acts: 2,
    glass: 1,
    undelivered: 4,
    complained: 2,
    refundable: 1,
    consoleUrl: 'https://certifiable.example/console',
  },
  glass_broken: { operation: 'settleCorrection', brokenAt: deadline, consoleUrl: 'https://certifiable.example/console' },
  watch_confirmation: { certificateUrl, confirmUrl: 'https://certifiable.example/watches/t0k3n/confirm' },
  watch_changed: { certificateUrl, status: 'suspended', stopUrl: 'https://certifiable.example/watches/t0k3n/stop?via=mail&why=' },
};

const kinds = Object.keys(samples) as MailKind[];
type Reader = { locale: string; timeZone: string | null };
const mailOf = (kind: MailKind, locale: string, more: object = {}, timeZone: string | null = null) =>
  renderMail({ kind, locale, timeZone, data: { ...samples[kind], ...more } } as MailContent & Reader);
const noticeOf = (kind: MailKind, locale: string, more: object = {}) =>
  renderNotice({ kind, locale, timeZone: null, data: { ...samples[kind], ...more } } as NoticeContent & Reader);
/** What asks for a page of the candidate's own. */
const ofAttempt = kinds.filter((kind) => 'attemptUrl' in samples[kind]);
const urlsOf = (kind: MailKind) =>
  Object.entries(samples[kind]).flatMap(([name, value]) => (typeof value === 'string' && name.endsWith('Url') ? [value] : []));
const isNotice = (kind: MailKind) => (NOTICE_KINDS as readonly string[]).includes(kind);

const unescape = (html: string) => html.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');

describe.each(mailLocales)('the templates in %s', (locale) => {
  it('are there for every kind, and there is none that no kind needs', async () => {
    const needed = kinds.flatMap((kind) =>
      ['subject', 'text', 'html', ...(isNotice(kind) ? ['notice'] : [])].map((part) => `${kind}.${part}.liquid`),
    );
    const found = await readdir(join(templateDirectory, locale));
    expect(found.filter((file) => file.split('.').length === 3).toSorted()).toEqual(needed.toSorted());
  });

  it.each(kinds)('%s says all that it is told, in text and in HTML, and nothing else', async (kind) => {
    const told = Object.keys(samples[kind]).toSorted();
    expect(await variablesOf(`${locale}/${kind}.text.liquid`)).toEqual(told);
    expect(await variablesOf(`${locale}/${kind}.html.liquid`)).toEqual(told);
  });

  it.each(kinds)('%s renders, in text and HTML alike, with every URL that it is given', (kind) => {
    const { subject, text, html, locale: written } = mailOf(kind, locale);
    expect(written).toBe(locale);
    expect(subject).toMatch(/^\S[^\n]*\S$/);
    for (const url of urlsOf(kind)) {
      expect(text.split('\n')).toContain(url);
      expect(unescape(html)).toContain(`href="${url}"`);
    }
    for (const part of [subject, text, html]) expect(part).not.toMatch(/\{[{%]|undefined|null|\[object/);
  });

  it.each(kinds)('%s loads nothing, runs nothing and leads nowhere but where it was told', (kind) => {
    const html = unescape(mailOf(kind, locale).html);
    expect(html).not.toMatch(/<(img|script|link|iframe|form|object|video|svg)|\bsrc=|url\(|@import|\bon\w+=/i);
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href ?? '');
    expect(links.toSorted()).toEqual(urlsOf(kind).toSorted());
  });

  it.each(kinds)('%s says its language and has one heading, so that a screen reader can read it', (kind) => {
    const { html, subject } = mailOf(kind, locale);
    expect(html).toContain(`<html lang="${locale}">`);
    expect(unescape(html)).toContain(`<title>${subject}</title>`);
    expect(html.match(/<h1/g)).toHaveLength(1);
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
  });

  it.each(NOTICE_KINDS)('%s has a notice for the inbox, under the subject of the mail', (kind) => {
    const { subject, body } = noticeOf(kind, locale);
    expect(subject).toBe(mailOf(kind, locale).subject);
    expect(body).toContain(exam.examTitle);
    expect(body).not.toMatch(/\{[{%]|undefined|\n/);
  });

  it.each(['aptitude_failed', 'case_study_failed', 'certificate_suspended', 'certificate_revoked'] as const)(
    '%s keeps a score and a reason to itself, even when it is told them',
    (kind) => {
      const secrets = { score: '79.25', reason: 'plagiarism', answers: 'none of these' };
      expect(mailOf(kind, locale, secrets)).toEqual(mailOf(kind, locale));
    },
  );

  it.each(ofAttempt)('%s says where to sign in, and leads nowhere, where candidates have no pages', (kind) => {
    const { attemptUrl: _page, certificateUrl: _certificate, ...told } = samples[kind] as { attemptUrl: string; certificateUrl?: string };
    const { text, html } = renderMail({ kind, locale, timeZone: null, data: told } as MailContent & Reader);
    for (const part of [text, html]) expect(part).not.toMatch(/https?:|undefined/);
    expect(text).toMatch(locale === 'de' ? /Melden Sie sich dort an, wo/ : /Sign in where you registered/);
    expect(html).toMatch(locale === 'de' ? /Melden Sie sich dort an, wo/ : /Sign in where you registered/);
  });

  it.each(['aptitude_not_answered', 'case_study_not_submitted'] as const)('%s promises no feedback on what was not handed in', (kind) => {
    const { text, html } = mailOf(kind, locale);
    for (const part of [text, html, noticeOf(kind, locale).body]) expect(part).not.toMatch(/feedback|graded|Rückmeldung|ist bewertet/i);
  });

  it.each(['aptitude_submitted', 'aptitude_timed_out'] as const)('%s promises no result of a grading where nothing was answered', (kind) => {
    const { subject, text, html } = mailOf(kind, locale, { answers: 'none' });
    for (const part of [text, html, noticeOf(kind, locale, { answers: 'none' }).body]) {
      expect(part).toMatch(
        locale === 'de' ? /nichts zu bewerten; er wird deshalb als nicht bestanden gelten/ : /nothing to grade, so it will count as not passed/,
      );
      expect(part).not.toMatch(/promised|saved is handed in|zugesagt|gespeichert hatten/);
    }
    if (kind === 'aptitude_timed_out') expect(subject).not.toMatch(/We have|abgegeben/);
  });

  it('say of each window what happens when it ends, and what a new attempt begins with', () => {
    const after =
      locale === 'de'
        ? [/neu anmelden/, /gespeichert haben, wird/, /zählt für keinen anderen/, /nicht bestanden/]
        : [/register again/, /saved by then is handed in/, /counts for no other/, /not passed/];
    WINDOWS.forEach((window, index) => {
      for (const part of [
        mailOf('deadline_near', locale, { window }).text,
        mailOf('deadline_near', locale, { window }).html,
        noticeOf('deadline_near', locale, { window }).body,
      ])
        expect(part).toMatch(after[index] ?? /none/);
    });
    const begins =
      locale === 'de'
        ? /neuer Versuch beginnt mit dem Eignungstest|beginnen Sie mit dem Eignungstest/
        : /attempt begins with the aptitude test|begin with the aptitude test/;
    for (const kind of ['lapsed', 'withdrawn'] as const)
      for (const part of [mailOf(kind, locale).text, mailOf(kind, locale).html, noticeOf(kind, locale).body]) expect(part).toMatch(begins);
    expect(mailOf('lapsed', locale, { window: 'offer' }).text).toMatch(
      locale === 'de' ? /auch wenn Sie ihn in diesem bestanden haben/ : /also after you passed it in this one/,
    );
    expect(mailOf('lapsed', locale, { window: 'start' }).text).not.toMatch(/passed|bestanden/);
  });

  it('say for each window what the time is for', () => {
    const texts = WINDOWS.map((window) => mailOf('deadline_near', locale, { window }).text);
    expect(new Set(texts).size).toBe(WINDOWS.length);
    expect(Math.min(...texts.map((text) => text.length))).toBeGreaterThan(mailOf('deadline_near', locale, { window: 'unheard of' }).text.length);
  });

  it('count new work to a hundred, and say that there is more beyond', () => {
    const saidOf = (count: number) => mailOf('grader_new_work', locale, { count }).text.split('\n')[2] ?? '';
    expect([saidOf(1), saidOf(2), saidOf(100)].map((line) => /\d+/.exec(line)?.[0])).toEqual(['1', '2', '100']);
    expect(saidOf(101)).toMatch(/than 100|als 100/);
    expect(new Set([saidOf(100), saidOf(101)]).size).toBe(2);
    expect(saidOf(101)).toBe(saidOf(5000));
  });

  it('tell each status of a watched certificate in words of its own', () => {
    const statuses: WatchedStatus[] = ['valid', 'suspended', 'revoked', 'replaced'];
    const texts = statuses.map((status) => mailOf('watch_changed', locale, { status }).text);
    expect(new Set(texts).size).toBe(statuses.length);
    expect(Math.min(...texts.map((text) => text.length))).toBeGreaterThan(mailOf('watch_changed', locale, { status: 'unheard of' }).text.length);
  });
});

/** What the layouts add is left out. */
async function variablesOf(file: string): Promise<string[]> {
  const engine = new Liquid({ root: templateDirectory });
  const used = await engine.globalVariables(engine.parseFileSync(file));
  return used.filter((name) => !['subject', 'language', 'footer'].includes(name)).toSorted();
}

it.each(kinds)('%s has the same variables in the subject and the notice of every locale', async (kind) => {
  const parts = ['subject', ...(isNotice(kind) ? ['notice'] : [])];
  const usedIn = (locale: string) => Promise.all(parts.map((part) => variablesOf(`${locale}/${kind}.${part}.liquid`)));
  const inEnglish = await usedIn('en');
  for (const locale of mailLocales.filter((locale) => locale !== 'en')) expect(await usedIn(locale)).toEqual(inEnglish);
});

describe('the language of a mail', () => {
  it('is the nearest that there is: de-AT gets German, what nobody has gets English', () => {
    expect(['de', 'de-AT', 'DE-ch', 'de-Latn-DE-1996'].map(lookUpLocale)).toEqual(['de', 'de', 'de', 'de']);
    expect(['en-GB', 'fr', 'zh-Hant-TW', '', 'no language!', '../en', '__proto__'].map(lookUpLocale)).toEqual(Array(7).fill('en'));
  });

  it('also writes times and numbers', () => {
    expect(mailOf('aptitude_passed', 'en').text).toContain('December 22, 2026 at 02:05 PM UTC');
    expect(mailOf('aptitude_passed', 'en-GB').text).toContain('22 December 2026 at 14:05 UTC');
    expect(mailOf('aptitude_passed', 'de-AT').text).toContain('22. Dezember 2026 um 14:05 UTC');
    expect(mailOf('aptitude_passed', 'en', {}, 'Europe/Berlin').text).toContain('December 22, 2026 at 03:05 PM Central European Standard Time');
    expect(mailOf('deadline_near', 'de', {}, 'America/New_York').text).toContain('22. Dezember 2026 um 09:05 Nordamerikanische Ostküsten-Normalzeit');
    expect(mailOf('case_study_passed', 'en').text).toContain('87.50%');
    expect(mailOf('case_study_passed', 'de').text).toMatch(/87,50\s%/);
  });
});

describe('what comes from people', () => {
  it('is text in HTML, whatever it looks like', () => {
    const name = `<script>alert("x")</script> & O'Neill {{ examTitle }} {% raw %}`;
    const { html, text } = mailOf('aptitude_failed', 'en', { name });
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; O&#39;Neill {{ examTitle }} {% raw %}');
    expect(text).toContain(`Dear ${name},`);
  });

  it('keeps every script', () => {
    for (const name of ['محمد عبد الله', 'דוד', '山田 太郎', 'नाम उपनाम', 'Nguyễn Thị Minh Khai', '👩‍🚀 Ⅷ', 'می‌خواهم']) {
      expect(mailOf('aptitude_failed', 'en', { name }).text).toContain(`Dear ${name},`);
    }
  });

  it('can neither begin a line of its own nor turn the rest around', () => {
    const { text, subject } = mailOf('aptitude_failed', 'en', {
      name: 'A\r\n\r\nClick here:\u2028B\u202Egnp.exe',
      examTitle: 'X\nBcc: all@example.org',
    });
    expect(text).toContain('Dear A Click here: Bgnp.exe,');
    expect(subject).toBe('Your aptitude test has been graded: X Bcc: all@example.org');
  });

  it.each(['javascript:alert(1)', '/relative', 'ftp://example.org/x', ''])('is refused as a URL when it is %o', (attemptUrl) => {
    expect(() => mailOf('aptitude_failed', 'en', { attemptUrl })).toThrow(RangeError);
  });

  it('cannot end an attribute or a header from inside a URL', () => {
    const { html, text } = mailOf('aptitude_failed', 'en', { attemptUrl: 'https://a.example/"><b>\r\nx y' });
    expect(html).not.toContain('<b>');
    expect(text).toContain('\nhttps://a.example/%22%3E%3Cb%3Ex%20y\n');
  });
});

it('a variable that is missing is an error, not a hole in the mail', () => {
  const content = { kind: 'aptitude_failed', locale: 'en', timeZone: null, data: { name: 'A' } } as unknown as MailContent & Reader;
  expect(() => renderMail(content)).toThrow(/examTitle/);
});
