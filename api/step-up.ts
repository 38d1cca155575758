import type { Actor } from './actor.ts';
import type { ApiConfig } from './config.ts';
import { Problem, type StepUp } from './problems.ts';

type StepUpConfig = Pick<ApiConfig, 'STEP_UP_ACR_VALUES' | 'STEP_UP_MAX_AGE_SECONDS'>;

/** What acts that take two persons ask of a sign-in; undefined where the operator asks nothing more. */
function stepUpOf({ STEP_UP_ACR_VALUES: acrValues, STEP_UP_MAX_AGE_SECONDS: maxAgeSeconds }: StepUpConfig): StepUp | undefined {
  return acrValues.length === 0 && maxAgeSeconds === undefined ? undefined : { acrValues, maxAgeSeconds };
}

/**
 * Refuses with `insufficient_user_authentication` (RFC 9470) whoever did not sign in as the operator asks, or too long ago; a token that does not say counts as neither.
 * The answer says what to ask the issuer for.
 */
export function requireStepUp(config: StepUpConfig, actor: Actor | undefined, now: Date = new Date()): void {
  const stepUp = stepUpOf(config);
  if (!stepUp) return;
  const { acr, authenticatedAt } = actor ?? {};
  const isStrong = stepUp.acrValues.length === 0 || (acr !== undefined && stepUp.acrValues.includes(acr));
  const isRecent =
    stepUp.maxAgeSeconds === undefined || (authenticatedAt !== undefined && now.getTime() - authenticatedAt.getTime() <= stepUp.maxAgeSeconds * 1000);
  if (isStrong && isRecent) return;
  const how = isStrong ? 'You signed in too long ago for this' : 'This takes a stronger sign-in';
  throw new Problem('insufficient_user_authentication', `${how}: sign in again, then repeat it. Nothing was changed.`, { stepUp });
}
