import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import {
  Button,
  Checkbox,
  Dialog,
  GridList,
  GridListItem,
  Heading,
  Input,
  Label,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { usePerson } from '../frame/session.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { addComment, listComments, retireOwnComment, takeComment, type Assignment, type Comment } from '../generated/client.ts';
import { COMMENT_MAX, withComment } from './comments.ts';
import { pointsOf, type MarkValue, type Part } from './marks.ts';

type CommentBankProps = {
  readonly assignment: Pick<Assignment, 'id' | 'fencingToken'>;
  readonly part: Part;
  readonly value: MarkValue;
  readonly onChange: (value: MarkValue) => void;
  readonly onClose: () => void;
};

/** What is at hand for the reason of one part: found as one types, taken by Enter. What stands in the reason can be kept for the next time. */
export function CommentBank({ assignment, part, value, onChange, onClose }: CommentBankProps) {
  const { t } = useTranslation('desk');
  const { id: assignmentId, fencingToken } = assignment;
  const bank = useQuery({ queryKey: ['comments', assignmentId], queryFn: () => listComments({ assignmentId }), staleTime: 60_000 });
  const take = (comment: Comment) => {
    onChange(withComment(value, comment));
    // The reason has it, whether or not it is counted.
    takeComment({ assignmentId, commentId: comment.id, lease: { fencingToken } }).catch(() => {});
    onClose();
  };
  return (
    <ModalOverlay className="modal-overlay" isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">{t('comments.title')}</Heading>
          <Loaded query={bank}>
            {({ comments }) => (
              <AtHand assignmentId={assignmentId} comments={comments.filter(({ itemId }) => itemId === part.itemId)} onTake={take} />
            )}
          </Loaded>
          <KeepReason assignmentId={assignmentId} part={part} value={value} />
          <div className="dialog-actions">
            <Button className="button" onPress={onClose}>
              {t('comments.close')}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

type AtHandProps = { readonly assignmentId: string; readonly comments: readonly Comment[]; readonly onTake: (comment: Comment) => void };

function AtHand({ assignmentId, comments, onTake }: AtHandProps) {
  const { t, i18n } = useTranslation('desk');
  const queries = useQueryClient();
  const { contains } = useFilter({ sensitivity: 'base' });
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const isDesignated = usePerson()?.roles.includes('designated') ?? false;
  const retiring = useMutation({
    mutationFn: (commentId: string) => retireOwnComment({ assignmentId, commentId }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['comments'] }),
  });
  const list = useRef<HTMLDivElement>(null);
  const [sought, setSought] = useState('');
  const found = comments.filter(({ text }) => contains(text, sought));
  const [first] = found;
  if (comments.length === 0) return <p className="soft">{t('comments.none')}</p>;
  return (
    <>
      <SearchField
        className="field"
        autoFocus
        value={sought}
        onChange={setSought}
        onSubmit={() => first && onTake(first)}
        onKeyDown={(event) => event.key === 'ArrowDown' && list.current?.querySelector<HTMLElement>('[role="row"]')?.focus()}
      >
        <Label>{t('comments.search')}</Label>
        <Input className="input" />
      </SearchField>
      <GridList ref={list} className="comments" aria-label={t('comments.title')} items={found} renderEmptyState={() => t('comments.noneFound')}>
        {(comment) => (
          <GridListItem className="comment" id={comment.id} textValue={comment.text} onAction={() => onTake(comment)}>
            <span className="written">{comment.text}</span>
            <span className="soft">
              {[
                comment.points === null ? undefined : t('comments.points', { count: comment.points, points: numbers.format(comment.points) }),
                t(comment.isOwn ? 'comments.own' : 'comments.forAll'),
                t('comments.uses', { count: comment.uses }),
              ]
                .filter((words) => words !== undefined)
                .join(' · ')}
            </span>
            {(comment.isOwn || isDesignated) && (
              <Button
                className="button quiet"
                isPending={retiring.isPending && retiring.variables === comment.id}
                onPress={() => retiring.mutate(comment.id)}
              >
                {t('comments.retire')}
              </Button>
            )}
          </GridListItem>
        )}
      </GridList>
      {retiring.error && <TroubleNote error={retiring.error} />}
    </>
  );
}

type KeepReasonProps = { readonly assignmentId: string; readonly part: Part; readonly value: MarkValue };

/** What is typed becomes a comment: with the points that stand there, if one likes. */
function KeepReason({ assignmentId, part: { itemId, pointsMax }, value: { points: typed, reason } }: KeepReasonProps) {
  const { t, i18n } = useTranslation('desk');
  const queries = useQueryClient();
  const isDesignated = usePerson()?.roles.includes('designated') ?? false;
  const [withPoints, setWithPoints] = useState(false);
  const [forAll, setForAll] = useState(false);
  const points = pointsOf(typed);
  const text = reason.trim();
  const adding = useMutation({
    mutationFn: () => addComment({ assignmentId, newComment: { itemId, text, forAll, ...(withPoints && points !== null ? { points } : {}) } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['comments'] }),
  });
  if (text === '') return <p className="soft">{t('comments.keepHow')}</p>;
  const isTooLong = Array.from(new Intl.Segmenter().segment(text)).length > COMMENT_MAX;
  return (
    <section className="keep-reason" aria-label={t('comments.keep')}>
      <p className="written">{text}</p>
      {isTooLong && <p className="note">{t('comments.tooLong', { max: COMMENT_MAX })}</p>}
      {points !== null && points <= pointsMax && (
        <Checkbox className="choice square" isSelected={withPoints} onChange={setWithPoints}>
          {t('comments.withPoints', { points: new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 }).format(points) })}
        </Checkbox>
      )}
      {isDesignated && (
        <Checkbox className="choice square" isSelected={forAll} onChange={setForAll}>
          {t('comments.keepForAll')}
        </Checkbox>
      )}
      <p className="soft">{t('comments.noCandidate')}</p>
      <Button className="button" isDisabled={isTooLong} isPending={adding.isPending} onPress={() => adding.mutate()}>
        {t('comments.keep')}
      </Button>
      <p role="status">{adding.isSuccess && t('comments.kept')}</p>
      {adding.error && <TroubleNote error={adding.error} />}
    </section>
  );
}
