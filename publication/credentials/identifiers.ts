import type { StatusPurpose } from '../../domain/status-position.ts';

/** The permanent addresses of what we issue, without a slash at the end of `publicUrl`. They are signed into credentials: never change one. */
export function identifiersFor(publicUrl: string) {
  const home = publicUrl.replace(/\/+$/, '');
  const issuer = `${home}/issuer`;
  return {
    home,
    issuer,
    key: (publicKeyMultibase: string) => `${issuer}#${publicKeyMultibase}`,
    credential: (certificateId: string) => `${home}/credentials/${encodeURIComponent(certificateId)}`,
    registerPage: (certificateId: string) => `${home}/register/${encodeURIComponent(certificateId)}`,
    achievement: (examId: string) => `${home}/achievements/${encodeURIComponent(examId)}`,
    statusList: (purpose: StatusPurpose, number: number) => `${home}/credentials/status/${purpose}/${number}`,
  };
}
