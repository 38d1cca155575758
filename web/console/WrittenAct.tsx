import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import { Input, Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../frame/Confirm.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';

type WrittenActProps = {
  readonly title: string;
  readonly label: string;
  /** One line, unless it is a text of several. */
  readonly rows?: number;
  readonly perform: (act: { readonly text: string; readonly idempotencyKey: string }) => Promise<unknown>;
  /** What is read anew once it is done. */
  readonly changes: readonly QueryKey[];
  readonly onClose: () => void;
  /** What it will change. */
  readonly children?: ReactNode;
};

/** An act of staff that is what they write. Opened once and sent twice, it is done once. */
export function WrittenAct({ title, label, rows = 1, perform, changes, onClose, children }: WrittenActProps) {
  const { t } = useTranslation('console');
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const idempotencyKey = useRef(crypto.randomUUID());
  const mayDo = text.trim() !== '';
  const doing = useMutation({
    mutationFn: () => perform({ text, idempotencyKey: idempotencyKey.current }),
    onSuccess: async () => {
      await Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey })));
      onClose();
    },
    // Another text under the same key would be refused.
    onError: () => {
      idempotencyKey.current = crypto.randomUUID();
    },
  });
  return (
    <Confirm isOpen title={title} action={title} isPending={doing.isPending} onConfirm={() => mayDo && doing.mutate()} onCancel={onClose}>
      {children}
      <TextField className="field" value={text} onChange={setText} isRequired>
        <Label>{label}</Label>
        {rows === 1 ? <Input className="input" autoComplete="off" /> : <TextArea className="input" rows={rows} />}
      </TextField>
      {!mayDo && <p className="soft">{t('acts.fillIn')}</p>}
      {doing.error && <TroubleNote error={doing.error} />}
    </Confirm>
  );
}
