import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { listSetAsideEvents, listUndeliveredMails, resendMail, retryEvent, type AsideEvent, type UndeliveredMail } from '../generated/client.ts';
import { useMayAct } from './may-act.ts';

const REFRESH_SECONDS = 30;

/** What did not reach people or other systems, why, and how it is sent again. */
export function Undelivered() {
  const { t } = useTranslation('console');
  const mails = useQuery({ queryKey: ['undelivered-mails'], queryFn: () => listUndeliveredMails(), ...live(REFRESH_SECONDS) });
  const events = useQuery({ queryKey: ['aside-events'], queryFn: () => listSetAsideEvents(), ...live(REFRESH_SECONDS) });
  return (
    <Page title={t('undelivered.title')}>
      <section className="section" aria-labelledby="mails">
        <h2 id="mails">{t('undelivered.mails')}</h2>
        <p className="soft">{t('undelivered.mailsAbout')}</p>
        <Loaded query={mails}>
          {({ mails: all }) =>
            all.length === 0 ? (
              <p className="empty">{t('undelivered.noMails')}</p>
            ) : (
              <ul className="plain-list">
                {all.map((mail) => (
                  <Mail key={mail.id} mail={mail} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
      <section className="section" aria-labelledby="events">
        <h2 id="events">{t('undelivered.events')}</h2>
        <p className="soft">{t('undelivered.eventsAbout')}</p>
        <Loaded query={events}>
          {({ events: all }) =>
            all.length === 0 ? (
              <p className="empty">{t('undelivered.noEvents')}</p>
            ) : (
              <ul className="plain-list">
                {all.map((event) => (
                  <Event key={`${event.sink} ${event.eventId}`} event={event} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
    </Page>
  );
}

function Mail({ mail: { id: mailId, attemptId, certificateId, state, tries, problem, createdAt } }: { readonly mail: UndeliveredMail }) {
  const { t, i18n } = useTranslation('console');
  return (
    <li className="card">
      <div className="row spread">
        <h3>{t('undelivered.mail', { when: instantText(createdAt, i18n.language) })}</h3>
        <span className={`badge ${state === 'uncertain' ? 'warning' : 'bad'}`}>{t(`undelivered.state.${state}`)}</span>
      </div>
      <p>
        {t(`undelivered.why.${state}`)} {t('undelivered.tries', { count: tries })}{' '}
        {attemptId !== null && <Link to={`/attempts/${attemptId}`}>{t('undelivered.attempt')}</Link>}
        {attemptId === null && certificateId !== null && t('undelivered.certificate', { certificateId })}
      </p>
      {problem !== null && <p className="soft">{t('undelivered.answer', { problem })}</p>}
      <Again act={t('undelivered.resend')} perform={() => resendMail({ mailId })} list="undelivered-mails" />
    </li>
  );
}

function Event({ event: { sink, eventId, time, tries, problem } }: { readonly event: AsideEvent }) {
  const { t, i18n } = useTranslation('console');
  return (
    <li className="card">
      <h3>{t('undelivered.event', { sink, when: instantText(time, i18n.language) })}</h3>
      <p>{t('undelivered.tries', { count: tries })}</p>
      {problem !== null && <p className="soft">{t('undelivered.answer', { problem })}</p>}
      <Again act={t('undelivered.retry')} perform={() => retryEvent({ sink, eventId })} list="aside-events" />
    </li>
  );
}

type AgainProps = { readonly act: string; readonly perform: () => Promise<unknown>; readonly list: string };

/** What was done leaves the list. */
function Again({ act, perform, list }: AgainProps) {
  const queries = useQueryClient();
  const mayAct = useMayAct();
  const doing = useMutation({ mutationFn: perform, onSuccess: () => queries.invalidateQueries({ queryKey: [list] }) });
  if (!mayAct) return null;
  return (
    <>
      <div>
        <Button className="button" isPending={doing.isPending} onPress={() => doing.mutate()}>
          {act}
        </Button>
      </div>
      {doing.error && <TroubleNote error={doing.error} />}
    </>
  );
}
