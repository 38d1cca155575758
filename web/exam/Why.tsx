import { useMutation } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { save } from '../frame/download.ts';
import { ExplainedDecision } from '../frame/Explained.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { explainResults, getExplanationDocument, type Decision, type OwnExplanation } from '../generated/client.ts';

/** How a result came about, on asking: one's own answers, the marks with their reasons, and the sum. */
export function Why({ attemptId, test, round }: { readonly attemptId: string } & Pick<Decision, 'test' | 'round'>) {
  const { t } = useTranslation('exam');
  const asking = useMutation({ mutationFn: () => explainResults({ attemptId }) });
  const saving = useMutation({
    mutationFn: async () => save(await getExplanationDocument({ attemptId, test })),
  });
  const explanation = asking.data?.decisions.find((candidate) => candidate.test === test && candidate.round === round);
  return (
    <div className="section">
      {asking.error && <TroubleNote error={asking.error} onRetry={() => asking.mutate()} />}
      {!explanation && (
        <div>
          <Button className="button" onPress={() => asking.mutate()} isPending={asking.isPending}>
            {t('why.ask')}
          </Button>
        </div>
      )}
      {explanation && (
        <section aria-label={t('why.title')}>
          <h4>{t('why.title')}</h4>
          {explanation.isCorrection && <p>{t('why.corrected')}</p>}
          <ExplainedDecision explanation={explanation} secondLook={secondLookWords(t, explanation)} />
          {saving.error && <TroubleNote error={saving.error} onRetry={() => saving.mutate()} />}
          <div>
            <Button className="button" onPress={() => saving.mutate()} isPending={saving.isPending}>
              {t('why.save')}
            </Button>
          </div>
        </section>
      )}
    </div>
  );
}

function secondLookWords(t: TFunction<'exam'>, { secondLook: { taken, probability, limit } }: OwnExplanation): string {
  if (probability !== null && limit !== null) return t(taken ? 'why.estimateTwice' : 'why.estimateOnce', { probability, limit });
  return t(taken ? 'why.twice' : 'why.once');
}
