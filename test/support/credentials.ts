import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createCredentialIssuer, type Certificate, type CredentialIssuer } from '../../publication/credentials/issuer.ts';
import type { PublicKey } from '../../publication/credentials/issuer-document.ts';
import { STATUS_PURPOSES, type StatusPurpose } from '../../domain/status-position.ts';
import type { StatedKey, StatedKeys } from '../../publication/credentials/key-statement.ts';
import { createCredentialVerifier, type Verification } from '../../publication/credentials/verifier.ts';

export const PUBLIC_URL = 'https://certifiable.example';

export async function newKey(): Promise<JWK> {
  return exportJWK((await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })).privateKey);
}

/** Before any instant that a test signs at. */
export const SINCE_EVER = '2020-01-01T00:00:00Z';

/** As a statement of these keys would tell. */
export function statedFor(publicKeys: readonly PublicKey[], about: Partial<StatedKey> = {}): StatedKeys {
  return new Map(publicKeys.map(({ publicKeyMultibase }) => [publicKeyMultibase, { publicKeyMultibase, from: SINCE_EVER, ...about }]));
}

export async function issuerWith({ keys, publicUrl = PUBLIC_URL }: { keys: readonly JWK[]; publicUrl?: string }): Promise<CredentialIssuer> {
  return createCredentialIssuer({ keys: JSON.stringify({ keys }), publicUrl });
}

export function certificate(overrides: Partial<Certificate> = {}): Certificate {
  return {
    certificateId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
    name: 'Ada Lovelace',
    examId: 'software-architect',
    examTitle: 'Software Architect',
    basisPoints: 9125,
    issuedAt: new Date('2026-11-01T10:00:00.123Z'),
    statusPosition: 42,
    ...overrides,
  };
}

/** Names that tend to break: scripts, directions, combining marks, pictures, quotes. */
export const NAMES = [
  'Ngũgĩ wa Thiongʼo',
  'محمود درويش',
  'שרה אהרנסון',
  '山田 太郎',
  'Nguyễn Thị Minh Khai',
  'Zoë e\u0301 versus \u00e9',
  "Siobhán O'Brien-“Smith” \\ <b>&amp;</b>",
  'अमृता प्रीतम',
  'ชวน หลีกภัย',
  'Renée 👩🏽‍💻 🎓',
  '\u202eRight to left\u202c',
] as const;

export type Bits = Readonly<Record<StatusPurpose, readonly number[]>>;

/** The lists of a number with these bits set, signed now, as `statusList` of the verifier. */
export function listsOf(issuer: CredentialIssuer, bits: Partial<Bits> = {}): (purpose: StatusPurpose, number: number) => Promise<object> {
  return async (purpose, number) => throughJson(await issuer.signStatusList({ purpose, number, positions: bits[purpose] ?? [], at: new Date() }));
}

export function verifierFor(
  issuer: CredentialIssuer,
  {
    bits = {},
    publicKeys = issuer.publicKeys,
    publicUrl = PUBLIC_URL,
  }: { bits?: Partial<Bits>; publicKeys?: readonly PublicKey[]; publicUrl?: string } = {},
): (credential: unknown) => Promise<Verification> {
  const keys = statedFor(publicKeys);
  return createCredentialVerifier({ publicUrl, keys: () => keys, isOnRecord: async () => false, statusList: listsOf(issuer, bits) });
}

export function throughJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

export type Change = { readonly where: string; readonly changed: unknown };

/** One copy for each value in the document, with that value a little different. */
export function eachValueChanged(document: unknown): readonly Change[] {
  return changesOf(document, (value) => {
    if (typeof value === 'boolean') return [!value];
    if (typeof value === 'number') return [value + 1];
    if (typeof value !== 'string') return [];
    const middle = Math.floor(value.length / 2);
    return [`${value.slice(0, middle)}${value[middle] === 'x' ? 'y' : 'x'}${value.slice(middle + 1)}`];
  });
}

/** One copy for each property in the document, without it. */
export function eachPropertyRemoved(document: unknown): readonly Change[] {
  return changesOf(document, (value) =>
    isRecord(value) ? Object.keys(value).map((key) => Object.fromEntries(Object.entries(value).filter(([other]) => other !== key))) : [],
  );
}

/** One copy for each object in the document, with a term that no context defines. */
export function eachObjectExtended(document: unknown): readonly Change[] {
  return changesOf(document, (value) => (isRecord(value) ? [{ ...value, honours: 'summa cum laude' }] : []));
}

function changesOf(value: unknown, change: (value: unknown) => readonly unknown[], where = '$'): readonly Change[] {
  const here = change(value).map((changed) => ({ where, changed }));
  const below = isRecord(value) || Array.isArray(value) ? Object.entries(value) : [];
  return below.reduce<readonly Change[]>((changes, [key, child]) => {
    const inside = changesOf(child, change, `${where}.${key}`);
    return [...changes, ...inside.map((one) => ({ where: one.where, changed: replaced(value as object, key, one.changed) }))];
  }, here);
}

function replaced(value: object, key: string, by: unknown): unknown {
  return Array.isArray(value) ? value.with(Number(key), by) : { ...value, [key]: by };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Both lists of a number, by purpose. */
export async function signedLists(
  issuer: CredentialIssuer,
  number: number,
  bits: Partial<Bits> = {},
): Promise<Readonly<Record<StatusPurpose, object>>> {
  const sign = listsOf(issuer, bits);
  const [revocation, suspension] = await Promise.all(STATUS_PURPOSES.map((purpose) => sign(purpose, number)));
  return { revocation: revocation as object, suspension: suspension as object };
}
