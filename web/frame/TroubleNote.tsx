import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { troubleOf } from './problem.ts';
import { useSession } from './session.tsx';

/** A failure in words, with what to do about it: sign in again, try again, or what support needs to know. */
export function TroubleNote({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { t } = useTranslation('frame');
  const { signIn } = useSession();
  const trouble = troubleOf(error);
  const problem = trouble.kind === 'problem' ? trouble.problem : undefined;
  const isTooWeak = problem?.code === 'insufficient_user_authentication';
  const isSignedOut = problem?.code === 'unauthenticated' || isTooWeak;
  const words = problem ? t(`problem.${problem.code}`) : trouble.kind === 'offline' ? t('trouble.offline') : t('trouble.unknown');
  return (
    <div className="note trouble" role="alert">
      <p>{words}</p>
      {problem && !isSignedOut && problem.detail !== words && <small lang="en">{problem.detail}</small>}
      {problem?.fields && (
        <ul>
          {problem.fields.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
      <div className="note-actions">
        {isSignedOut && (
          <Button className="button" onPress={() => void signIn.begin(isTooWeak ? problem : undefined)}>
            {t('signInAgain')}
          </Button>
        )}
        {onRetry && !isSignedOut && (
          <Button className="button" onPress={onRetry}>
            {t('retry')}
          </Button>
        )}
        {problem && (
          <small>
            {t('trouble.reference')} <code>{problem.requestId}</code>
          </small>
        )}
      </div>
    </div>
  );
}
