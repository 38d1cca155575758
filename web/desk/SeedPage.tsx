import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Button, Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { Confirm } from '../frame/Confirm.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Markdown } from '../frame/Markdown.tsx';
import { Page } from '../frame/Page.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { confirmSeed, getSeedScript, getSeedSolution, type SeedScript } from '../generated/client.ts';
import { Solution } from './CaseStudy.tsx';
import './desk.css';

/** A script whose marks a designated grader reads before graders are measured by them. */
export function SeedPage() {
  const { t } = useTranslation('desk');
  const { seedId = '' } = useParams();
  const script = useQuery({ queryKey: ['seed', seedId], queryFn: () => getSeedScript({ seedId }), retry: false });
  return (
    <Page title={t('seeds.title')}>
      <Loaded query={script}>{(data) => <Script script={data} />}</Loaded>
      <p>
        <Link className="button" to="/">
          {t('marking.toDesk')}
        </Link>
      </p>
    </Page>
  );
}

function Script({ script: { id, examId, test, items, file } }: { readonly script: SeedScript }) {
  const { t, i18n } = useTranslation('desk');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <p>
        {t(`seeds.script.${test}`, { examId })}. {t('seeds.confirmAbout')}
      </p>
      {file && (
        <section className="card" aria-labelledby="handed-in">
          <h2 id="handed-in">{t('caseStudy.solution')}</h2>
          <Solution file={file} load={() => getSeedSolution({ seedId: id })} />
        </section>
      )}
      <div className="parts">
        {items.map(({ itemId, title, modelAnswer, response, points, pointsMax, reason }, index) => (
          <section className="card part" key={itemId} aria-labelledby={`part-${index + 1}`}>
            <h2 className="part-head" id={`part-${index + 1}`}>
              {t('part.heading', { number: index + 1 })}
            </h2>
            <div className="part-columns">
              <div className="part-read">
                <div className="prompt">{title}</div>
                {response === null ? (
                  <p className="soft">{t('seeds.inFile')}</p>
                ) : (
                  <>
                    <h3>{t('part.response')}</h3>
                    <p className="written">{response}</p>
                  </>
                )}
                {modelAnswer !== '' && (
                  <details className="guide">
                    <summary>{t('part.modelAnswer')}</summary>
                    <Markdown>{modelAnswer}</Markdown>
                  </details>
                )}
              </div>
              <div className="part-mark">
                <h3>{t('training.agreed')}</h3>
                <p className="disputed-points">{t('review.of', { points: numbers.format(points), max: numbers.format(pointsMax) })}</p>
                {reason !== '' && <p className="written">{reason}</p>}
              </div>
            </div>
          </section>
        ))}
      </div>
      <div>
        <Button className="button primary" onPress={() => setIsOpen(true)}>
          {t('seeds.confirm')}
        </Button>
      </div>
      {isOpen && <Confirming seedId={id} onClose={() => setIsOpen(false)} />}
    </>
  );
}

/** Opened once and sent twice, it is confirmed once. */
function Confirming({ seedId, onClose }: { readonly seedId: string; readonly onClose: () => void }) {
  const { t } = useTranslation('desk');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const idempotencyKey = useRef(crypto.randomUUID());
  const confirming = useMutation({
    mutationFn: () => confirmSeed({ seedId, idempotencyKey: idempotencyKey.current, seedConfirmation: { reason } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['seeds-to-confirm'] });
      await navigate('/?done=confirmed', { replace: true });
    },
  });
  return (
    <Confirm
      isOpen
      title={t('seeds.confirmTitle')}
      action={t('seeds.confirm')}
      isPending={confirming.isPending}
      onConfirm={() => reason.trim() !== '' && confirming.mutate()}
      onCancel={onClose}
    >
      <p>{t('seeds.confirmFollows')}</p>
      <TextField className="field" value={reason} onChange={setReason} isRequired>
        <Label>{t('seeds.reason')}</Label>
        <TextArea className="input" rows={2} />
      </TextField>
      {confirming.error && <TroubleNote error={confirming.error} />}
    </Confirm>
  );
}
