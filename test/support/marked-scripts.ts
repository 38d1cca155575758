import type { MarkedScript } from '../../domain/marking-fit.ts';
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
