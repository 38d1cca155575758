import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../frame/Confirm.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { flagFile, type Assignment } from '../generated/client.ts';
import { useGivenUp } from './given-up.ts';
import type { MarkKeeper } from './marks.ts';

/** For a file that cannot be read: staff look at it, and nobody is given it meanwhile. */
export function FlagFile({ assignment: { id, fencingToken }, keeper }: { readonly assignment: Assignment; readonly keeper: MarkKeeper }) {
  const { t } = useTranslation('desk');
  const givenUp = useGivenUp('flagged');
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const flagging = useMutation({
    mutationFn: async () => {
      await keeper.flush();
      await flagFile({ assignmentId: id, fileFlag: { fencingToken, reason } });
    },
    onSuccess: givenUp,
  });
  return (
    <>
      <Button className="button" onPress={() => setOpen(true)}>
        {t('flag.open')}
      </Button>
      <Confirm
        isOpen={isOpen}
        title={t('flag.title')}
        action={t('flag.action')}
        isPending={flagging.isPending}
        onConfirm={() => reason.trim() !== '' && flagging.mutate()}
        onCancel={() => setOpen(false)}
      >
        <p>{t('flag.about')}</p>
        <TextField className="field" value={reason} onChange={setReason} isRequired maxLength={2000}>
          <Label>{t('flag.reason')}</Label>
          <TextArea className="input" rows={3} />
        </TextField>
        {flagging.error && <TroubleNote error={flagging.error} />}
      </Confirm>
    </>
  );
}
