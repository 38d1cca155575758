import { useTranslation } from 'react-i18next';
import { useSecondsLeft } from '../frame/server-clock.ts';
import { durationText } from '../frame/time.ts';

/** Said aloud by a screen reader when so much is left, and not each second. */
const ANNOUNCED_MINUTES = [30, 10, 5, 2, 1];
const SOON_SECONDS = 5 * 60;
/** Of more, nobody counts the seconds. */
const DAY_SECONDS = 24 * 3600;

/** What is left until a deadline, by the server's clock. */
export function Countdown({ deadline }: { readonly deadline: string }) {
  const { t, i18n } = useTranslation('exam');
  const seconds = useSecondsLeft(deadline);
  if (seconds <= 0)
    return (
      <span className="countdown over" role="status">
        {t('time.over')}
      </span>
    );
  const minutes = Math.ceil(seconds / 60);
  const announced = ANNOUNCED_MINUTES.findLast((mark) => minutes <= mark);
  return (
    <span className={seconds <= SOON_SECONDS ? 'countdown soon' : 'countdown'}>
      <span aria-hidden="true">
        {t('time.left')} <strong>{seconds > DAY_SECONDS ? durationText(seconds, i18n.language) : clockText(seconds)}</strong>
      </span>
      <span className="visually-hidden" role="status">
        {announced === undefined ? t('time.running') : t('time.minutesLeft', { count: announced })}
      </span>
    </span>
  );
}

/** 5,023 → 1:23:43 */
function clockText(seconds: number): string {
  const pad = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}
