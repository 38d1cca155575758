import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type Dispatch, type SetStateAction } from 'react';
import { Button, Input, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../frame/Confirm.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import {
  correctDeadline,
  dismissFileFlags,
  endAttempt,
  extendDeadline,
  reassignAssignment,
  reopenTest,
  scaleAttempt,
  suspendCertificate,
  type AttemptStory,
} from '../generated/client.ts';
import { actsOn, changesOf, isOpen, newestEdition, problemOf, type Act, type Choice } from './acts.ts';
import { Changes } from './Changes.tsx';

/** Somebody else confirms these before they are done. */
const OF_TWO: readonly Act[] = ['withdraw', 'reopen', 'suspend'];

/** What staff may do as the attempt stands; each act says what it will change before it is done. */
export function Acts({ story }: { readonly story: AttemptStory }) {
  const { t } = useTranslation('console');
  const [act, setAct] = useState<Act>();
  const [done, setDone] = useState<Act>();
  const acts = actsOn(story);
  return (
    <section className="section" aria-labelledby="acts">
      <h2 id="acts">{t('acts.title')}</h2>
      {done && (
        <p className="note good" role="status">
          {t(OF_TWO.includes(done) ? 'acts.proposed' : 'acts.done', { act: t(`act.${done}`) })}
        </p>
      )}
      {acts.length === 0 ? (
        <p className="soft">{t('acts.none')}</p>
      ) : (
        <div className="row">
          {acts.map((one) => (
            <Button
              className={`button ${one === 'withdraw' || one === 'suspend' ? 'grave' : ''}`}
              key={one}
              onPress={() => {
                setDone(undefined);
                setAct(one);
              }}
            >
              {t(`act.${one}`)}
            </Button>
          ))}
        </div>
      )}
      {act && (
        <ActDialog
          key={act}
          act={act}
          story={story}
          onDone={() => {
            setDone(act);
            setAct(undefined);
          }}
          onCancel={() => setAct(undefined)}
        />
      )}
    </section>
  );
}

type Filled = {
  readonly deadline: string;
  readonly percent: string;
  readonly assignmentId: string;
  readonly grader: string;
  readonly reason: string;
};

type ActDialogProps = { readonly act: Act; readonly story: AttemptStory; readonly onDone: () => void; readonly onCancel: () => void };

function ActDialog({ act, story, onDone, onCancel }: ActDialogProps) {
  const { t } = useTranslation('console');
  const queries = useQueryClient();
  const open = story.assignments.filter(isOpen);
  const [filled, setFilled] = useState<Filled>({ deadline: '', percent: '150', assignmentId: open[0]?.id ?? '', grader: '', reason: '' });
  // One for each dialog that was opened: pressed twice, or repeated after a lost answer, the act is done once.
  const idempotencyKey = useRef(crypto.randomUUID());
  const choice = choiceOf(act, story, filled);
  const problem = choice && problemOf(story, choice);
  const isReady = choice !== undefined && problem === undefined && filled.reason.trim() !== '';
  const doing = useMutation({
    mutationFn: async () => choice && perform(story, choice, { reason: filled.reason, idempotencyKey: idempotencyKey.current }),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ['story'] }), queries.invalidateQueries({ queryKey: ['proposed-acts'] })]);
      onDone();
    },
  });
  return (
    <Confirm
      isOpen
      title={t(`act.${act}`)}
      action={t(`act.${act}`)}
      isPending={doing.isPending}
      onConfirm={() => isReady && doing.mutate()}
      onCancel={onCancel}
    >
      <Fields act={act} story={story} filled={filled} setFilled={setFilled} />
      <TextField className="field" value={filled.reason} onChange={(reason) => setFilled((before) => ({ ...before, reason }))} isRequired>
        <Label>{t('acts.reason')}</Label>
        <TextArea className="input" rows={2} />
      </TextField>
      {problem && (
        <p className="note warning" role="alert">
          {t(`problem.${problem.key}`)}
        </p>
      )}
      {OF_TWO.includes(act) && <p className="note">{t('acts.takesTwo')}</p>}
      {choice && !problem && <Changes changes={changesOf(story, choice)} />}
      {!isReady && <p className="soft">{t('acts.fillIn')}</p>}
      {doing.error && <TroubleNote error={doing.error} />}
    </Confirm>
  );
}

type FieldsProps = { readonly act: Act; readonly story: AttemptStory; readonly filled: Filled; readonly setFilled: Dispatch<SetStateAction<Filled>> };

function Fields({ act, story, filled, setFilled }: FieldsProps) {
  const { t } = useTranslation('console');
  const set = (changed: Partial<Filled>) => setFilled((before) => ({ ...before, ...changed }));
  if (act === 'extend' || act === 'correct' || act === 'reopen')
    return (
      <TextField className="field" value={filled.deadline} onChange={(deadline) => set({ deadline })} isRequired>
        <Label>{t('acts.deadline', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}</Label>
        <Input className="input" type="datetime-local" />
      </TextField>
    );
  if (act === 'accommodate')
    return (
      <TextField className="field" value={filled.percent} onChange={(percent) => set({ percent })} isRequired>
        <Label>{t('acts.percent')}</Label>
        <Input className="input" inputMode="numeric" />
      </TextField>
    );
  if (act !== 'reassign') return null;
  const open = story.assignments.filter(isOpen);
  return (
    <>
      <Select className="field" selectedKey={filled.assignmentId} onSelectionChange={(id) => set({ assignmentId: String(id) })}>
        <Label>{t('acts.assignment')}</Label>
        <Button className="button">
          <SelectValue />
        </Button>
        <Popover className="popover">
          <ListBox className="menu">
            {open.map(({ id, purpose, test, seat }) => (
              <ListBoxItem key={id} id={id}>
                {t(`purpose.${purpose}`, { test: t(`test.${test}`), seat })}
              </ListBoxItem>
            ))}
          </ListBox>
        </Popover>
      </Select>
      <TextField className="field" value={filled.grader} onChange={(grader) => set({ grader })}>
        <Label>{t('acts.grader')}</Label>
        <Input className="input" autoComplete="off" />
      </TextField>
    </>
  );
}

/** Undefined until everything that the act needs is filled in. */
function choiceOf(act: Act, story: AttemptStory, { deadline, percent, assignmentId, grader }: Filled): Choice | undefined {
  switch (act) {
    case 'extend':
    case 'correct':
    case 'reopen': {
      const at = new Date(deadline);
      return Number.isNaN(at.getTime()) ? undefined : { act, deadline: at.toISOString() };
    }
    case 'accommodate':
      return percent.trim() === '' ? undefined : { act, percent: Number(percent) };
    case 'reassign':
      return { act, assignmentId, ...(grader.trim() === '' ? {} : { grader: grader.trim() }) };
    case 'suspend': {
      const newest = newestEdition(story.certificates);
      return newest && { act, certificateId: newest.id };
    }
    case 'withdraw':
    case 'dismissFlag':
      return { act };
  }
}

async function perform(
  { attempt: { id: attemptId, limit, grading } }: AttemptStory,
  choice: Choice,
  { reason, idempotencyKey }: { readonly reason: string; readonly idempotencyKey: string },
): Promise<unknown> {
  switch (choice.act) {
    case 'extend':
      return limit && extendDeadline({ attemptId, idempotencyKey, extension: { window: limit.window, deadline: choice.deadline, reason } });
    case 'correct':
      return limit && correctDeadline({ attemptId, idempotencyKey, deadlineCorrection: { window: limit.window, deadline: choice.deadline, reason } });
    case 'accommodate':
      return scaleAttempt({ attemptId, idempotencyKey, accommodation: { percent: choice.percent, reason } });
    case 'withdraw':
      return endAttempt({ attemptId, idempotencyKey, staffWithdrawal: { reason } });
    case 'reopen':
      return grading && reopenTest({ attemptId, idempotencyKey, reopening: { test: grading.test, deadline: choice.deadline, reason } });
    case 'dismissFlag':
      return dismissFileFlags({ attemptId, idempotencyKey, fileFlagDismissal: { reason } });
    case 'reassign':
      return reassignAssignment({
        assignmentId: choice.assignmentId,
        idempotencyKey,
        reassignment: { ...(choice.grader === undefined ? {} : { grader: choice.grader }), reason },
      });
    case 'suspend':
      return suspendCertificate({ certificateId: choice.certificateId, idempotencyKey, suspension: { reason } });
  }
}
