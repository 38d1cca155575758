import type { Counter } from 'prom-client';
import { documentKeyOf, ObjectNotFound, type ObjectStorage } from '../platform/storage/object-storage.ts';
import { createDocuments, type Documents } from '../publication/documents/documents.ts';
import type { ExplanationDocument } from '../publication/documents/explanation.ts';
import type { ItemReport } from '../publication/documents/item-report.ts';
import { createRendererAside } from '../publication/documents/renderer-aside.ts';
import type { TabledReport } from '../publication/documents/tabled-report.ts';

type Making = Omit<Parameters<typeof createDocuments>[0], 'renderer' | 'storage'> & {
  readonly storage: Pick<ObjectStorage, 'put' | 'sizeBytes'>;
  /** Counts each rendering, by `kind`. */
  readonly rendered: Counter<'kind'>;
};

type DocumentsOnce = Documents & {
  /** Kept nowhere: who reads it is audited each time. */
  readonly explanation: (document: ExplanationDocument) => Promise<Uint8Array>;
  /** Kept nowhere either: nobody reads of themselves what others read of them. */
  readonly itemReport: (document: ItemReport) => Promise<Uint8Array>;
  readonly tabledReport: (document: TabledReport) => Promise<Uint8Array>;
  readonly warmUp: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Makes documents in a thread of this process, each once however many ask for it at the same time. Two replicas may make the same one at once:
 * both put the same bytes.
 */
export function createDocumentsOnce({ rendered, ...making }: Making): DocumentsOnce {
  const renderer = createRendererAside();
  const documents = createDocuments({ ...making, renderer });
  const underWay = new Map<string, Promise<void>>();

  function once(id: string, kind: 'certificate' | 'report', make: () => Promise<void>): Promise<void> {
    const already = underWay.get(id);
    if (already) return already;
    const made = makeIfAbsent(id, kind, make).finally(() => underWay.delete(id));
    underWay.set(id, made);
    return made;
  }

  /** Who looked for it just before it was put asks for it just after. */
  async function makeIfAbsent(id: string, kind: 'certificate' | 'report', make: () => Promise<void>): Promise<void> {
    if (await isKept(id)) return;
    rendered.inc({ kind });
    await make();
  }

  async function isKept(id: string): Promise<boolean> {
    try {
      return (await making.storage.sizeBytes(documentKeyOf(id))) > 0;
    } catch (error) {
      if (error instanceof ObjectNotFound) return false;
      throw error;
    }
  }

  return {
    makeCertificate: (certificate) => once(certificate.id, 'certificate', () => documents.makeCertificate(certificate)),
    makeReport: (report) => once(report.decisionId, 'report', () => documents.makeReport(report)),
    explanation: (document) => {
      rendered.inc({ kind: 'explanation' });
      return renderer.explanation(document);
    },
    itemReport: (document) => {
      rendered.inc({ kind: 'item_report' });
      return renderer.itemReport(document);
    },
    tabledReport: (document) => {
      rendered.inc({ kind: 'tabled_report' });
      return renderer.tabledReport(document);
    },
    warmUp: () => renderer.warmUp(),
    close: () => renderer.close(),
  };
}
