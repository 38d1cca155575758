import { fitMarkingModel, type MarkedScript } from '../../domain/marking-fit.ts';
import type { Store } from '../../store/store.ts';
import { seededRandom } from '../../trials/people/random.ts';

/** Scripts marked by two of some graders, drawn from known truths: what a fit has to find again. */

export type DrawnGrader = { readonly id: string; readonly severity: number; readonly noise: number };

type Drawn = {
  readonly seed: string;
  readonly scripts: number;
  readonly graders: readonly DrawnGrader[];
  readonly tests?: number;
  readonly itemsPerScript?: number;
  readonly withText?: boolean;
};

const WORDS_OF_QUALITY = ['nothing', 'little', 'queue', 'cache latency', 'replica consistency throughput'];

export function drawScripts({ seed, scripts, graders, tests = 3, itemsPerScript = 6, withText = false }: Drawn): readonly MarkedScript[] {
  const random = seededRandom(seed, 'scripts');
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: scripts }, (_script, index): MarkedScript => {
    const test = `test ${index % tests}`;
    const ability = 0.75 + 0.12 * normal();
    const first = Math.floor(random() * graders.length);
    const second = (first + 1 + Math.floor(random() * (graders.length - 1))) % graders.length;
    return {
      id: `${seed}-${index}`,
      test,
      items: Array.from({ length: itemsPerScript }, (_item, place) => {
        const quality = ability + 0.15 * normal();
        const words = WORDS_OF_QUALITY[Math.min(4, Math.max(0, Math.floor(quality * 5)))] ?? '';
        return {
          itemId: `${test}/${place}`,
          millipointsMax: 10_000,
          ...(withText ? { text: { answer: `${words} answer`, modelAnswer: WORDS_OF_QUALITY[4] ?? '' } } : {}),
          marks: [graders[first], graders[second]].flatMap((grader) => {
            if (!grader) return [];
            const share = Math.min(1, Math.max(0, quality + grader.severity + grader.noise * normal()));
            return [{ grader: grader.id, millipoints: Math.round(share * 20) * 500 }];
          }),
        };
      }),
    };
  });
}

/** A model fitted on drawn scripts, asked from now on. The same each time. */
export async function activateDrawnModel(store: Pick<Store, 'markingModels'>): Promise<{ readonly version: number }> {
  const graders = [
    { id: 'drawn-1', severity: 0.03, noise: 0.08 },
    { id: 'drawn-2', severity: -0.03, noise: 0.08 },
  ];
  const model = fitMarkingModel(drawScripts({ seed: 'model', scripts: 200, graders }));
  const { version } = await store.markingModels.add({ model, evidence: null, actor: 'test' });
  await store.markingModels.activate({ version, actor: 'test', reason: 'a test' });
  return { version };
}
