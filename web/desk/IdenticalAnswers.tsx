import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { endGroupMark, markGroup, takeGroupMark, type Assignment, type Group } from '../generated/client.ts';
import { pointsOf, type MarkValue } from './marks.ts';

type GroupMarkKept = NonNullable<Group['mark']>;

/** Whether what is kept for the group can be put into the mark: nothing that was typed is written over. */
export function canTake(mark: GroupMarkKept | null | undefined, value: MarkValue): mark is GroupMarkKept {
  return mark != null && !saysTheSame(mark, value) && (value.reason.trim() === '' || value.reason.trim() === mark.reason);
}

function saysTheSame({ points, reason }: GroupMarkKept, value: MarkValue): boolean {
  return pointsOf(value.points) === points && value.reason.trim() === reason;
}

/** Puts what is kept for the group into this script's draft. That it came from there is written down; if that fails, the draft has it all the same. */
export function taken({ id: assignmentId, fencingToken }: Pick<Assignment, 'id' | 'fencingToken'>, mark: GroupMarkKept): MarkValue {
  takeGroupMark({ assignmentId, groupMarkId: mark.id, lease: { fencingToken } }).catch(() => {});
  return { points: String(mark.points), reason: mark.reason };
}

type IdenticalAnswersProps = {
  readonly assignment: Pick<Assignment, 'id' | 'fencingToken'>;
  readonly group: Group;
  readonly value: MarkValue;
  /** Whether the mark could be handed in as it is typed. */
  readonly isWhole: boolean;
  readonly isDisabled: boolean;
  readonly onTake: () => void;
};

/** That others gave the same answer, never who, and what one keeps for all of them. */
export function IdenticalAnswers({ assignment, group, value, isWhole, isDisabled, onTake }: IdenticalAnswersProps) {
  const { t, i18n } = useTranslation('desk');
  const queries = useQueryClient();
  const { itemId, others, mark } = group;
  const { id: assignmentId, fencingToken } = assignment;
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['groups'] });
  const keeping = useMutation({
    mutationFn: () =>
      markGroup({ assignmentId, newGroupMark: { fencingToken, itemId, points: pointsOf(value.points) ?? Number.NaN, reason: value.reason.trim() } }),
    onSuccess,
  });
  const ending = useMutation({ mutationFn: (groupMarkId: string) => endGroupMark({ groupMarkId }), onSuccess });
  const points = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const differs = mark === null || !saysTheSame(mark, value);
  return (
    <div className="group-note">
      {others > 0 && <p>{t('groups.others', { count: others })}</p>}
      {mark && (
        <>
          <p>{t('groups.kept', { count: mark.points, points: points.format(mark.points) })}</p>
          {mark.reason !== '' && <p className="written">{mark.reason}</p>}
        </>
      )}
      <div className="row">
        {mark && differs && (
          <Button className="button" isDisabled={isDisabled || !canTake(mark, value)} onPress={onTake}>
            {t('groups.take')}
          </Button>
        )}
        {isWhole && differs && others > 0 && (
          <Button className="button" isDisabled={isDisabled} isPending={keeping.isPending} onPress={() => keeping.mutate()}>
            {t(mark ? 'groups.keepInstead' : 'groups.keep')}
          </Button>
        )}
        {mark && (
          <Button className="button quiet" isPending={ending.isPending} onPress={() => ending.mutate(mark.id)}>
            {t('groups.end')}
          </Button>
        )}
      </div>
      {mark && differs && !canTake(mark, value) && <p className="soft">{t('groups.typed')}</p>}
      {(keeping.error ?? ending.error) && <TroubleNote error={keeping.error ?? ending.error} />}
    </div>
  );
}
