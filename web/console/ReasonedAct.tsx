import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import { Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../frame/Confirm.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';

type ReasonedActProps = {
  readonly title: string;
  /** Where a reason was given before, it needs none. */
  readonly takesReason?: boolean;
  /** False while something that it needs is missing or wrong. */
  readonly isReady?: boolean;
  readonly perform: (act: { readonly reason: string; readonly idempotencyKey: string }) => Promise<unknown>;
  /** What is read anew once it is done. */
  readonly changes: readonly QueryKey[];
  /** `isDone` unless it was cancelled. */
  readonly onClose: (isDone: boolean) => void;
  /** What it will change, and what it needs to know. */
  readonly children?: ReactNode;
};

/** An act of staff, with the reason that its audit has. Opened once and sent twice, it is done once. */
export function ReasonedAct({ title, isReady = true, takesReason = true, perform, changes, onClose, children }: ReasonedActProps) {
  const { t } = useTranslation('console');
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const idempotencyKey = useRef(crypto.randomUUID());
  const mayDo = isReady && (!takesReason || reason.trim() !== '');
  const doing = useMutation({
    mutationFn: () => perform({ reason, idempotencyKey: idempotencyKey.current }),
    onSuccess: async () => {
      await Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey })));
      onClose(true);
    },
  });
  return (
    <Confirm
      isOpen
      title={title}
      action={title}
      isPending={doing.isPending}
      onConfirm={() => mayDo && doing.mutate()}
      onCancel={() => onClose(false)}
    >
      {children}
      {takesReason && (
        <TextField className="field" value={reason} onChange={setReason} isRequired>
          <Label>{t('acts.reason')}</Label>
          <TextArea className="input" rows={2} />
        </TextField>
      )}
      {takesReason && !mayDo && <p className="soft">{t('acts.fillIn')}</p>}
      {doing.error && <TroubleNote error={doing.error} />}
    </Confirm>
  );
}
