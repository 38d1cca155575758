/** Why a file is not what it says: `fault` is stable, for programs; `message` is for its owner, and says what to do. */
export type FileFault = {
  readonly fault: 'other_type' | 'cut_off' | 'damaged' | 'encrypted' | 'too_much' | 'unsafe' | 'blank';
  readonly message: string;
};

/** What anybody's machine can be asked to open. Bounds what the inspection costs as well. */
export const FILE_LIMITS = {
  pdfPages: 1000,
  zipEntries: 10_000,
  /** Bytes of all entries unpacked. */
  zipUnpackedBytes: 1024 * 1024 * 1024,
  /** Unpacked to packed, of archives above `zipRatioFromBytes`: text shrinks to a tenth, drawings to a thirtieth. */
  zipRatio: 100,
  zipRatioFromBytes: 32 * 1024 * 1024,
  zipFolderDepth: 32,
  zipPathCharacters: 400,
} as const;

/** Ends an inspection with what it found. */
export class Faulty extends Error {
  readonly found: FileFault;

  constructor(fault: FileFault['fault'], message: string) {
    super(message);
    this.name = 'Faulty';
    this.found = { fault, message };
  }
}
