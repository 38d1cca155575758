import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Checkbox } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../frame/Confirm.tsx';
import { download } from '../frame/download.ts';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { askForErasure, exportOwnData, withdrawErasure, type OwnErasure } from '../generated/client.ts';
import { erasureQuery } from './queries.ts';
import { readableOf } from './readable.ts';

/** What is kept about a candidate: to take along, and to have erased. */
export function Privacy() {
  const { t } = useTranslation('exam');
  const erasure = useQuery(erasureQuery);
  return (
    <Page title={t('privacy.title')}>
      <section className="section" aria-labelledby="take">
        <h2 id="take">{t('privacy.take')}</h2>
        <Take />
      </section>
      <section className="section" aria-labelledby="erasure">
        <h2 id="erasure">{t('privacy.erasure')}</h2>
        <p>{t('privacy.whatStays')}</p>
        <Loaded query={erasure}>{({ erasure: standing }) => <Erasure standing={standing} />}</Loaded>
      </section>
    </Page>
  );
}

function Take() {
  const { t, i18n } = useTranslation('exam');
  const taking = useMutation({
    mutationFn: async (form: 'page' | 'data') => {
      const data = await exportOwnData();
      const name = `certifiable-${data.madeAt.slice(0, 10)}`;
      if (form === 'data') download(`${JSON.stringify(data, undefined, 2)}\n`, `${name}.json`);
      else download(new Blob([readableOf(data, { title: t('privacy.readable'), language: i18n.language })], { type: 'text/html' }), `${name}.html`);
    },
  });
  return (
    <>
      <p>{t('privacy.takeAbout')}</p>
      <div className="row">
        <Button className="button primary" isPending={taking.isPending} onPress={() => taking.mutate('page')}>
          {t('privacy.takePage')}
        </Button>
        <Button className="button" isPending={taking.isPending} onPress={() => taking.mutate('data')}>
          {t('privacy.takeData')}
        </Button>
      </div>
      {taking.error && <TroubleNote error={taking.error} />}
    </>
  );
}

/** Those of which another one can be asked for. */
const OVER: readonly OwnErasure['state'][] = ['declined', 'withdrawn', 'done'];

function Erasure({ standing }: { readonly standing: OwnErasure | null }) {
  return (
    <>
      {standing && <Standing erasure={standing} />}
      {(standing === null || OVER.includes(standing.state)) && <Asking />}
    </>
  );
}

function Standing({ erasure: { state, keepsRegister, askedAt, dueAt, declinedBecause } }: { readonly erasure: OwnErasure }) {
  const { t, i18n } = useTranslation('exam');
  const queries = useQueryClient();
  const withdrawing = useMutation({
    mutationFn: () => withdrawErasure(),
    onSettled: () => queries.invalidateQueries(erasureQuery),
  });
  return (
    <article className="card" aria-labelledby="standing">
      <div className="row spread">
        <h3 id="standing">{t('privacy.asked')}</h3>
        <span className={`badge ${state === 'declined' ? 'bad' : 'accent'}`}>{t(`privacy.state.${state}`)}</span>
      </div>
      {askedAt !== null && <p>{t('privacy.askedAt', { when: instantText(askedAt, i18n.language) })}</p>}
      {state === 'ordered' && dueAt !== null && <p>{t('privacy.dueAt', { when: instantText(dueAt, i18n.language) })}</p>}
      {(state === 'asked' || state === 'ordered') && <p>{t(keepsRegister ? 'privacy.keepsName' : 'privacy.losesName')}</p>}
      {declinedBecause !== null && (
        <>
          <strong>{t('privacy.because')}</strong>
          <p className="written">{declinedBecause}</p>
        </>
      )}
      {state === 'asked' && (
        <div>
          <Button className="button" isPending={withdrawing.isPending} onPress={() => withdrawing.mutate()}>
            {t('privacy.withdraw')}
          </Button>
        </div>
      )}
      {withdrawing.error && <TroubleNote error={withdrawing.error} />}
    </article>
  );
}

function Asking() {
  const { t } = useTranslation('exam');
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [keepsRegister, setKeeps] = useState(false);
  const asking = useMutation({
    mutationFn: () => askForErasure({ erasureRequest: { keepsRegister } }),
    onSuccess: () => setAsking(false),
    onSettled: () => queries.invalidateQueries(erasureQuery),
  });
  return (
    <>
      <div>
        <Button className="button" onPress={() => setAsking(true)}>
          {t('privacy.ask')}
        </Button>
      </div>
      <Confirm
        isOpen={isAsking}
        title={t('privacy.askTitle')}
        action={t('privacy.askAction')}
        isPending={asking.isPending}
        onConfirm={() => asking.mutate()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('privacy.askAbout')}</p>
        <Checkbox className="choice square" isSelected={keepsRegister} onChange={setKeeps}>
          {t('privacy.keep')}
        </Checkbox>
        {asking.error && <TroubleNote error={asking.error} />}
      </Confirm>
    </>
  );
}
