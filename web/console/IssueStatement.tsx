import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../frame/Confirm.tsx';
import { usePerson } from '../frame/session.tsx';
import { monthText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { issuePayStatement, type Pay } from '../generated/client.ts';
import { monthBefore } from './months.ts';

/** The statement of the month that was over last, where there is none yet. Issued a second time it is the first one, so a repeat does no harm. */
export function IssueStatement({ grader, pay }: { readonly grader: string; readonly pay: Pay }) {
  const { t, i18n } = useTranslation('console');
  const queries = useQueryClient();
  const person = usePerson();
  const [isAsked, setIsAsked] = useState(false);
  const [reason, setReason] = useState('');
  const month = monthBefore(new Date());
  const issuing = useMutation({
    mutationFn: () => issuePayStatement({ subject: grader, payStatementIssuing: { month, reason } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['pay', grader] });
      setIsAsked(false);
    },
  });
  const mayIssue = person?.roles.includes('staff') === true && person.subject !== grader;
  if (!mayIssue || pay.statements.some((statement) => statement.month === month)) return null;
  const action = t('pay.issue', { month: monthText(month, i18n.language) });
  return (
    <div>
      <Button className="button" onPress={() => setIsAsked(true)}>
        {action}
      </Button>
      <Confirm
        isOpen={isAsked}
        title={action}
        action={action}
        isPending={issuing.isPending}
        onConfirm={() => reason.trim() !== '' && issuing.mutate()}
        onCancel={() => setIsAsked(false)}
      >
        <p>{t('pay.issueAbout')}</p>
        <TextField className="field" value={reason} onChange={setReason} isRequired>
          <Label>{t('acts.reason')}</Label>
          <TextArea className="input" rows={2} />
        </TextField>
        {issuing.error && <TroubleNote error={issuing.error} />}
      </Confirm>
    </div>
  );
}
