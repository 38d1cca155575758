import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Input, Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { Page } from '../frame/Page.tsx';
import { byCursor } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { addExamComment, listExamComments, retireComment, type StaffComment } from '../generated/client.ts';
import { useNewestVersion } from './ExamVersionPage.tsx';
import { useMayAct } from './may-act.ts';
import { markedItemsOf, type MarkedItem } from './exam-items.ts';
import { ReasonedAct } from './ReasonedAct.tsx';
import { ShowMore } from './ShowMore.tsx';

const PAGE_ROWS = 50;

/** What graders of an exam have at hand for their reasons, item by item; staff give comments to everybody, write them anew and retire any. */
export function Comments() {
  const { t } = useTranslation('console');
  const { examId = '' } = useParams();
  const mayAct = useMayAct();
  const form = useNewestVersion(examId)?.form;
  const [itemKey, setItemKey] = useState('');
  const [showsRetired, setShowsRetired] = useState(false);
  const [isAdding, setIsAdding] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ['comments', examId],
    queryFn: ({ pageParam }) => listExamComments({ examId, limit: PAGE_ROWS, ...(pageParam !== null && { after: pageParam }) }),
    ...byCursor,
  });
  const items = form ? markedItemsOf(form) : [];
  const all = query.data?.pages.flatMap((page) => page.comments);
  const shown = all?.filter((comment) => (itemKey === '' || keyOf(comment) === itemKey) && (showsRetired || comment.retiredAt === null));
  return (
    <Page
      title={t('bank.title', { exam: form?.title ?? examId })}
      actions={
        mayAct &&
        items.length > 0 && (
          <Button className="button" onPress={() => setIsAdding(true)}>
            {t('bank.add')}
          </Button>
        )
      }
    >
      <p className="soft">{t('bank.about')}</p>
      {isAdding && <Write examId={examId} items={items} onClose={() => setIsAdding(false)} />}
      <div className="row">
        <div className="field">
          <label htmlFor="item">{t('bank.item')}</label>
          <select id="item" className="input" value={itemKey} onChange={({ target: { value } }) => setItemKey(value)}>
            <option value="">{t('bank.everyItem')}</option>
            {items.map((item) => (
              <option key={keyOf(item)} value={keyOf(item)}>
                {item.name}
              </option>
            ))}
          </select>
        </div>
        <label className="tick">
          <input type="checkbox" checked={showsRetired} onChange={({ target: { checked } }) => setShowsRetired(checked)} /> {t('bank.showRetired')}
        </label>
      </div>
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {shown?.length === 0 && <p className="empty">{t('bank.none')}</p>}
      {shown && shown.length > 0 && (
        <ul className="plain-list">
          {shown.map((comment) => (
            <OneComment key={comment.id} examId={examId} comment={comment} items={items} />
          ))}
        </ul>
      )}
      <ShowMore query={query} />
    </Page>
  );
}

/** An item's or criterion's id is unique within a test of an exam alone. */
const keyOf = ({ test, caseStudyId, itemId }: Pick<StaffComment, 'test' | 'caseStudyId' | 'itemId'>) => JSON.stringify([test, caseStudyId, itemId]);

type OneCommentProps = { readonly examId: string; readonly comment: StaffComment; readonly items: readonly MarkedItem[] };

function OneComment({ examId, comment, items }: OneCommentProps) {
  const { t, i18n } = useTranslation('console');
  const mayAct = useMayAct();
  const [act, setAct] = useState<'anew' | 'retire'>();
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const { itemId, text, points, grader, writtenBy, writtenAt, retiredBy, retiredAt, uses } = comment;
  const item = items.find((one) => keyOf(one) === keyOf(comment));
  return (
    <li className="card">
      <div className="row spread">
        <h2>{item?.name ?? itemId}</h2>
        {retiredAt === null ? (
          <span className={grader === null ? 'badge accent' : 'badge'}>{grader === null ? t('bank.forAll') : t('bank.of', { grader })}</span>
        ) : (
          <span className="badge warning">{t('bank.retired')}</span>
        )}
      </div>
      <p className="written">{text}</p>
      <p className="soft">
        {points !== null && <>{t('seeds.points', { count: points, points: numbers.format(points) })} </>}
        {t('bank.uses', { count: uses })} {t('bank.writtenBy', { who: writtenBy, when: instantText(writtenAt, i18n.language) })}{' '}
        {retiredAt !== null && t('bank.retiredBy', { who: retiredBy ?? '', when: instantText(retiredAt, i18n.language) })}
      </p>
      {mayAct && retiredAt === null && (
        <div className="row">
          {grader === null && item && (
            <Button className="button" onPress={() => setAct('anew')}>
              {t('bank.anew')}
            </Button>
          )}
          <Button className="button grave" onPress={() => setAct('retire')}>
            {t('bank.retire')}
          </Button>
        </div>
      )}
      {act === 'anew' && item && <Write examId={examId} items={[item]} before={comment} onClose={() => setAct(undefined)} />}
      {act === 'retire' && (
        <ReasonedAct
          title={t('bank.retire')}
          perform={({ reason, idempotencyKey }) => retireComment({ commentId: comment.id, idempotencyKey, commentRetirement: { reason } })}
          changes={[['comments', examId]]}
          onClose={() => setAct(undefined)}
        >
          <p>{t('bank.retireAbout')}</p>
        </ReasonedAct>
      )}
    </li>
  );
}

type WriteProps = {
  readonly examId: string;
  readonly items: readonly MarkedItem[];
  /** The one in whose place it stands: what a comment says never changes, so it is retired once the new one is there. */
  readonly before?: StaffComment;
  readonly onClose: () => void;
};

function Write({ examId, items, before, onClose }: WriteProps) {
  const { t } = useTranslation('console');
  const [key, setKey] = useState(items[0] ? keyOf(items[0]) : '');
  const [text, setText] = useState(before?.text ?? '');
  const [points, setPoints] = useState(before?.points == null ? '' : String(before.points));
  const item = items.find((one) => keyOf(one) === key);
  const number = pointsTyped(points);
  const title = t(before ? 'bank.anew' : 'bank.add');
  return (
    <ReasonedAct
      title={title}
      isReady={
        item !== undefined && text.trim() !== '' && number !== undefined && (before === undefined || text !== before.text || number !== before.points)
      }
      perform={async ({ reason, idempotencyKey }) => {
        if (!item) return;
        const { test, caseStudyId, itemId } = item;
        const comment = { test, itemId, text, reason, ...(caseStudyId !== null && { caseStudyId }), ...(number != null && { points: number }) };
        await addExamComment({ examId, idempotencyKey, newCommentForAll: comment });
        if (before) await retireComment({ commentId: before.id, idempotencyKey, commentRetirement: { reason } });
      }}
      changes={[['comments', examId]]}
      onClose={onClose}
    >
      <p>{t(before ? 'bank.anewAbout' : 'bank.addAbout')}</p>
      {items.length > 1 && (
        <div className="field">
          <label htmlFor="of-item">{t('bank.item')}</label>
          <select id="of-item" className="input" value={key} onChange={({ target: { value } }) => setKey(value)}>
            {items.map((one) => (
              <option key={keyOf(one)} value={keyOf(one)}>
                {one.name}
              </option>
            ))}
          </select>
        </div>
      )}
      <TextField className="field" value={text} onChange={setText} isRequired>
        <Label>{t('bank.text')}</Label>
        <TextArea className="input" rows={3} />
      </TextField>
      <TextField className="field" value={points} onChange={setPoints}>
        <Label>{t('bank.points')}</Label>
        <Input className="input" inputMode="decimal" autoComplete="off" />
      </TextField>
    </ReasonedAct>
  );
}

/** Null where none are typed, undefined where it is no number. */
function pointsTyped(typed: string): number | null | undefined {
  const plain = typed.trim().replace(',', '.');
  if (plain === '') return null;
  return /^\d{1,6}(\.\d{1,2})?$/.test(plain) ? Number(plain) : undefined;
}
