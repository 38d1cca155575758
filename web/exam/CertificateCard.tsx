import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { save } from '../frame/download.ts';
import { Loaded } from '../frame/Loaded.tsx';
import { live } from '../frame/query.ts';
import { dateText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { getCertificate, getCertificateDocument, getCredential } from '../generated/client.ts';

const REFRESH_SECONDS = 30;

export function CertificateCard({ attemptId }: { readonly attemptId: string }) {
  const { t, i18n } = useTranslation('exam');
  const certificate = useQuery({ queryKey: ['certificate', attemptId], queryFn: () => getCertificate({ attemptId }), ...live(REFRESH_SECONDS) });
  return (
    <section className="card certificate" aria-labelledby="certificate">
      <h2 id="certificate">{t('certificate.title')}</h2>
      <Loaded query={certificate}>
        {({ id, name, examTitle, score, issuedAt, status, page }) => (
          <>
            <p className="certificate-name">{name}</p>
            <p>{examTitle}</p>
            <dl className="pairs">
              <div>
                <dt>{t('certificate.score')}</dt>
                <dd>{score} %</dd>
              </div>
              <div>
                <dt>{t('certificate.issued')}</dt>
                <dd>{dateText(issuedAt, i18n.language)}</dd>
              </div>
              <div>
                <dt>{t('certificate.id')}</dt>
                <dd>
                  <code>{id}</code>
                </dd>
              </div>
            </dl>
            {status !== 'valid' && <p className="note warning">{t(`certificate.status.${status}`)}</p>}
            <Files attemptId={attemptId} page={page} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Files({ attemptId, page }: { readonly attemptId: string; readonly page: string }) {
  const { t } = useTranslation('exam');
  const [trouble, setTrouble] = useState<unknown>();
  const ask = (read: () => Promise<Blob>) => {
    setTrouble(undefined);
    read().then(save).catch(setTrouble);
  };
  return (
    <>
      {trouble !== undefined && <TroubleNote error={trouble} />}
      <div className="row">
        <Button className="button primary" onPress={() => ask(() => getCertificateDocument({ attemptId }))}>
          {t('certificate.pdf')}
        </Button>
        <Button className="button" onPress={() => ask(() => getCredential({ attemptId }))}>
          {t('certificate.credential')}
        </Button>
        <a className="button" href={page}>
          {t('certificate.page')}
        </a>
      </div>
      <small>{t('certificate.about')}</small>
    </>
  );
}
