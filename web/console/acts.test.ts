import type { z } from 'zod';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { attemptStory } from '../../api/routes/story/schemas.ts';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };
import { createInstance } from 'i18next';
import type { claimedAct } from '../../api/routes/claimed-acts/schemas.ts';
import { AUDIT_ACTIONS } from '../../domain/audit-action.ts';
import { STAFF_ACTS } from '../../domain/staff-act.ts';
import { ACTS, actsOn, changesOf, problemOf, type Choice } from './acts.ts';
import { changesOfClaim, problemOfClaim, type Claim } from './claims.ts';
import { timelineOf } from './timeline.ts';
import type { Assignment, Story } from './story.ts';
import { auditInWords } from './words.ts';

const NOW = '2026-12-01T12:00:00.000Z';
const SOON = '2026-12-01T13:00:00.000Z';
const LATER = '2026-12-02T12:00:00.000Z';

const registered: Story = {
  attempt: {
    id: 'a',
    phase: 'registered',
    outcome: null,
    limit: { window: 'start', openedAt: '2026-12-01T11:00:00.000Z', limitSeconds: 7200, accommodationPercent: 100, deadline: SOON },
    accommodationPercent: 100,
    registeredAt: '2026-12-01T11:00:00.000Z',
    settledAt: null,
    serverTime: NOW,
    grading: null,
  },
  sittings: [],
  submissions: [],
  assignments: [],
  assessments: [],
  decisions: [],
  notices: [],
  mails: [],
  certificates: [],
  audit: [],
};

const assignment: Assignment = {
  id: 'one',
  test: 'aptitude',
  seat: 1,
  purpose: 'mark',
  state: 'open',
  holder: 'gil',
  leaseExpiresAt: SOON,
  completedAt: null,
  reminders: [],
  claims: [{ grader: 'gil', claimedAt: NOW, releasedAt: null, releaseReason: null }],
  marks: [],
  fileFlags: [],
};
const completed: Assignment = { ...assignment, id: 'two', seat: 2, state: 'completed', completedAt: NOW, marks: [{ itemId: 't1' }] };

const inGrading: Story = {
  ...registered,
  attempt: { ...registered.attempt, phase: 'aptitude_grading', limit: null, grading: { test: 'aptitude', promisedBy: LATER } },
  assignments: [assignment, completed],
};

const flagged: Story = {
  ...inGrading,
  attempt: { ...inGrading.attempt, phase: 'case_study_grading', grading: { test: 'case_study', promisedBy: LATER } },
  assignments: [1, 2].map((seat) => ({ ...assignment, id: `held-${seat}`, test: 'case_study', seat, state: 'held', holder: null })),
};
const flagOf = (reason: string, settledAt: string | null = null) => ({ reason, settledAt });
const flaggedTwice: Story = {
  ...flagged,
  assignments: flagged.assignments.map((held) => ({ ...held, fileFlags: [flagOf('blank pages'), flagOf('an old one', NOW)] })),
};

const certified: Story = {
  ...registered,
  attempt: { ...registered.attempt, phase: 'certified', outcome: 'certified', limit: null, settledAt: NOW },
  certificates: [
    { id: 'old', edition: 1, status: 'revoked', issuedAt: NOW },
    { id: 'new', edition: 2, status: 'valid', issuedAt: SOON },
  ],
};

const keysOf = (story: Story, choice: Choice) => changesOf(story, choice).map(({ key }) => key);

describe('what staff may do', () => {
  it('follows from where the attempt stands', () => {
    expect(actsOn(registered)).toEqual(['extend', 'correct', 'accommodate', 'withdraw']);
    expect(actsOn(inGrading)).toEqual(['accommodate', 'withdraw', 'reopen', 'reassign']);
    expect(actsOn(flagged)).toEqual(['accommodate', 'withdraw', 'reopen', 'dismissFlag']);
    expect(actsOn(certified)).toEqual(['suspend']);
    expect(actsOn({ ...certified, certificates: certified.certificates.slice(0, 1) })).toEqual([]);
  });

  it('is read from what the API tells of an attempt', () => {
    expectTypeOf<z.output<typeof attemptStory>>().toExtend<Story>();
  });
});

describe('what an act will change', () => {
  it('of an extension is the deadline, from when to when', () => {
    expect(changesOf(registered, { act: 'extend', deadline: LATER })[0]).toEqual({
      key: 'deadlineMoves',
      values: { window: 'start', from: SOON, to: LATER },
    });
    expect(changesOf(registered, { act: 'correct', deadline: '2026-12-01T12:30:00.000Z' })[0]).toMatchObject({ key: 'deadlineMoves', grave: true });
  });

  it('of an accommodation is the window under way, if it grows, and every later one', () => {
    expect(changesOf(registered, { act: 'accommodate', percent: 150 })).toMatchObject([
      { key: 'deadlineMoves', values: { from: SOON, to: '2026-12-01T14:00:00.000Z' } },
      { key: 'windowsScale', values: { percent: 150 } },
      { key: 'audited' },
    ]);
    expect(keysOf(registered, { act: 'accommodate', percent: 100 })).toEqual(['deadlineStays', 'windowsScale', 'audited']);
  });

  it('of a dismissed flag is that graders get the work again', () => {
    expect(changesOf(flagged, { act: 'dismissFlag' })).toEqual([
      { key: 'fileIsReadable' },
      { key: 'heldGoesOn', values: { count: 2 } },
      { key: 'audited' },
    ]);
    expect(keysOf(flagged, { act: 'reopen', deadline: LATER })).toContain('workIsVoid');
  });

  it('of a reopening for a file that cannot be read is what its candidate reads, each reason once, and none that was dismissed', () => {
    expect(changesOf(flaggedTwice, { act: 'reopen', deadline: LATER })).toContainEqual({
      key: 'candidateReads',
      values: { reasons: ['“blank pages”'] },
    });
    expect(keysOf(inGrading, { act: 'reopen', deadline: LATER })).not.toContain('candidateReads');
  });

  it('of a withdrawal and a reopening names whoever loses work', () => {
    expect(changesOf(inGrading, { act: 'withdraw' })).toContainEqual({ key: 'holdersLose', values: { holders: ['gil'] }, grave: true });
    expect(keysOf(inGrading, { act: 'withdraw' })).toEqual([
      'endsWithoutResult',
      'workIsVoid',
      'holdersLose',
      'marksCountNoMore',
      'cannotBeUndone',
      'mayRegisterAgain',
      'audited',
    ]);
    expect(keysOf(inGrading, { act: 'reopen', deadline: LATER })).toEqual([
      'goesOn',
      'workIsVoid',
      'holdersLose',
      'marksStay',
      'promiseAnew',
      'audited',
    ]);
    expect(keysOf(registered, { act: 'withdraw' })).not.toContain('workIsVoid');
  });

  it('of a reassignment is who loses it and who may take it', () => {
    expect(keysOf(inGrading, { act: 'reassign', assignmentId: 'one' })).toEqual(['holderLoses', 'draftStays', 'goesToPool', 'audited']);
    expect(keysOf(inGrading, { act: 'reassign', assignmentId: 'one', grader: 'zoe' })).toEqual(['holderLoses', 'draftStays', 'goesTo', 'audited']);
  });

  it('is not promised where the API would refuse it', () => {
    const problems: readonly [Story, Choice, string | undefined][] = [
      [registered, { act: 'extend', deadline: NOW }, 'notLater'],
      [registered, { act: 'extend', deadline: LATER }, undefined],
      [registered, { act: 'correct', deadline: LATER }, 'notEarlier'],
      [registered, { act: 'correct', deadline: NOW }, 'past'],
      [registered, { act: 'reopen', deadline: LATER }, 'notOffered'],
      [inGrading, { act: 'reopen', deadline: NOW }, 'past'],
      [inGrading, { act: 'accommodate', percent: 99 }, 'percentOutOfBounds'],
      [inGrading, { act: 'reassign', assignmentId: 'one', grader: 'gil' }, 'alreadyHolds'],
      [inGrading, { act: 'reassign', assignmentId: 'two' }, 'notOffered'],
      [certified, { act: 'suspend', certificateId: 'old' }, 'notOffered'],
      [certified, { act: 'suspend', certificateId: 'new' }, undefined],
    ];
    for (const [story, choice, key] of problems) expect(problemOf(story, choice)?.key, JSON.stringify(choice)).toBe(key);
  });
});

const claimOf = (act: Claim['act'], terms: Claim['terms'] = {}): Claim => ({ act, terms, claimedBy: 'ana' });
const claims: readonly [Claim, Story | undefined][] = [
  [claimOf('extend', { window: 'start', deadline: LATER }), registered],
  [claimOf('withdraw'), inGrading],
  [claimOf('reopen', { test: 'aptitude', deadline: LATER }), inGrading],
  [claimOf('reassign', { assignmentId: 'one', grader: 'zoe' }), inGrading],
  ...(['reinstated', 'revoked', 'replaced'] as const).map((resolution): [Claim, undefined] => [claimOf('settle', { resolution }), undefined]),
];

describe('what confirming a claimed act will change', () => {
  it('is what the act itself changes, and then it is the act of whoever confirms', () => {
    for (const [claim, story] of claims) {
      const changes = changesOfClaim(claim, story);
      expect(changes.length, claim.act).toBeGreaterThan(1);
      expect(changes.at(-1)).toEqual({ key: 'confirmedAsYours', values: { claimedBy: 'ana' } });
      expect(changes.map(({ key }) => key)).not.toContain('audited');
    }
    const [first] = changesOfClaim(claimOf('extend', { window: 'start', deadline: LATER }), registered);
    expect(first).toEqual(changesOf(registered, { act: 'extend', deadline: LATER })[0]);
  });

  it('is not promised where it has become impossible since', () => {
    expect(problemOfClaim(claimOf('extend', { deadline: LATER }), inGrading)).toEqual({ key: 'notOffered' });
    expect(problemOfClaim(claimOf('reassign', { assignmentId: 'two', grader: 'zoe' }), inGrading)).toEqual({ key: 'notOffered' });
    expect(problemOfClaim(claimOf('withdraw'), inGrading)).toBeUndefined();
  });

  it('is read from what the API tells of claims', () => {
    expectTypeOf<z.output<typeof claimedAct>>().toExtend<Claim>();
  });
});

describe('the line of time', () => {
  it('is in order, and what is due comes last', () => {
    const happenings = timelineOf({
      ...inGrading,
      submissions: [{ submissionId: 's', test: 'aptitude', round: 1, cause: 'timed_out', submittedAt: '2026-12-01T11:30:00.000Z' }],
      mails: [
        { kind: 'result', state: 'sent', createdAt: NOW, settledAt: NOW },
        { kind: 'result', state: 'bounced', createdAt: NOW, settledAt: SOON },
      ],
    });
    expect(happenings.map(({ key }) => key)).toEqual([
      'registered',
      'timedOut',
      'claimed',
      'claimed',
      'completed',
      'mailFailed',
      'leaseEnds',
      'promised',
    ]);
    expect(happenings.filter(({ isDue }) => isDue).map(({ key }) => key)).toEqual(['leaseEnds', 'promised']);
  });
});

describe('the words', () => {
  const flat = (texts: object): ReadonlyMap<string, string> =>
    new Map(Object.entries(texts).flatMap(([part, words]) => Object.entries(words as object).map(([key, text]) => [`${part}.${key}`, String(text)])));
  const placesOf = (text = '') => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).toSorted();

  it('are there in both languages, and say the same things', () => {
    const [english, german] = [flat(en), flat(de)];
    expect([...german.keys()]).toEqual([...english.keys()]);
    for (const [key, text] of english) expect(placesOf(german.get(key)), key).toEqual(placesOf(text));
  });

  it('are there for whatever changes, with a value for each of their places', () => {
    const english = flat(en);
    const choices: readonly [Story, Choice][] = [
      [registered, { act: 'extend', deadline: LATER }],
      [registered, { act: 'accommodate', percent: 100 }],
      [inGrading, { act: 'withdraw' }],
      [flagged, { act: 'dismissFlag' }],
      [inGrading, { act: 'reopen', deadline: LATER }],
      [inGrading, { act: 'reassign', assignmentId: 'one', grader: 'zoe' }],
      [inGrading, { act: 'reassign', assignmentId: 'one' }],
      [certified, { act: 'suspend', certificateId: 'new' }],
    ];
    const shown = [
      ...choices.flatMap(([story, choice]) => changesOf(story, choice)),
      ...changesOf(flaggedTwice, { act: 'reopen', deadline: LATER }),
      ...claims.flatMap(([claim, story]) => changesOfClaim(claim, story)),
    ];
    for (const { key, values = {} } of shown) expect(Object.keys(values).toSorted(), key).toEqual(placesOf(english.get(`change.${key}`)));
    const keys = new Set(shown.map(({ key }) => `change.${key}`));
    expect([...english.keys()].filter((key) => key.startsWith('change.') && !keys.has(key))).toEqual([]);
    expect([...english.keys()].filter((key) => key.startsWith('act.'))).toEqual(ACTS.map((act) => `act.${act}`));
    for (const { key, values } of timelineOf(inGrading))
      expect(Object.keys(values).toSorted(), key).toEqual(placesOf(english.get(`happening.${key}`)));
  });

  const speaking = (language: string) => {
    const texts = createInstance();
    void texts.init({
      lng: language,
      initAsync: false,
      resources: { en: { console: en }, de: { console: de } },
      interpolation: { escapeValue: false },
    });
    return texts.getFixedT(language, 'console');
  };
  const entry = (action: (typeof AUDIT_ACTIONS)[number], details: object = {}, actor = 'sam') => ({ actor, action, reason: 'why', details, at: NOW });

  it.each(['en', 'de'])('say what an act was by whatever code the audit has it, and who did it: %s', (language) => {
    const t = speaking(language);
    for (const action of AUDIT_ACTIONS) {
      const line = auditInWords(t, entry(action, { act: 'extend', claimedBy: 'ana' }));
      expect(line).toContain('sam');
      expect(line, action).not.toMatch(/_|\{\{|audit\.|claimedAct\./);
    }
    for (const act of STAFF_ACTS) expect(auditInWords(t, entry('claim_act', { act }))).toContain((language === 'en' ? en : de).claimedAct[act]);
  });

  it('never say that somebody did what was only typed in their name', () => {
    const t = speaking('en');
    expect(auditInWords(t, entry('claim_act', { act: 'extend', claimed: true }))).toBe(
      'Typed in the Temporal UI in the name of sam, by nobody knows whom: extend the deadline. It is not done unless somebody else confirms it.',
    );
    expect(auditInWords(t, entry('reassign', { claimed: true }))).toBe('Somebody in the name of sam, typing in the Temporal UI, reassigned work.');
    expect(auditInWords(t, entry('extend', { claimId: 'c', claimedBy: 'ana' }))).toBe(
      'sam extended the deadline. It had been claimed in the name of ana.',
    );
    expect(auditInWords(t, entry('dismiss_claim', { act: 'withdraw', claimedBy: 'ana' }))).toBe(
      'sam dismissed what had been typed in the name of ana: end the attempt. It was not done.',
    );
    expect(auditInWords(t, entry('remove_upload', {}, 'system'))).toBe('Our own system removed an upload that was left over.');
  });

  it('are at hand for each act in the line of time', () => {
    const [, acted] = timelineOf({ ...registered, audit: [entry('extend')] });
    expect(acted).toMatchObject({ key: 'acted', entry: { action: 'extend' }, values: { reason: 'why' } });
    expect(placesOf(flat(en).get('happening.acted'))).toEqual(['reason', 'what']);
  });
});
