import { describe, expect, it } from 'vitest';
import { countFeatures, FEATURE_PLACES, likeness, likenesses, rarityOf, vectorOf } from './text-features.ts';

const likenessOf = (first: string, second: string, others: readonly string[] = []) => {
  const rarity = rarityOf([first, second, ...others]);
  const [one, other] = [vectorOf(countFeatures(first), rarity), vectorOf(countFeatures(second), rarity)];
  expect(likenesses([one, other])[1]?.[0]).toBeCloseTo(likeness(one, other), 12);
  return likeness(one, other);
};

describe('texts as numbers', () => {
  it.each([
    ['English', 'the cache keeps recent answers', 'the cache keeps recent answers near', 'a queue decouples two services'],
    ['German', 'Der Cache hält neue Antworten', 'Der Cache hält die neuen Antworten', 'Eine Warteschlange entkoppelt Dienste'],
    ['Japanese', 'キャッシュは最近の答えを保持する', 'キャッシュは最近の回答を保持する', '待ち行列は二つを分離する'],
    ['Chinese', '缓存保存最近的答案', '缓存保存最近的回答', '队列使两个服务解耦'],
    ['Thai', 'แคชเก็บคำตอบล่าสุด', 'แคชเก็บคำตอบล่าสุดไว้', 'คิวแยกบริการสองตัว'],
  ])('find what says nearly the same alike, and what says another thing not: %s', (_language, text, near, far) => {
    expect(likenessOf(text, near, [far])).toBeGreaterThan(0.4);
    expect(likenessOf(text, far, [near])).toBeLessThan(0.2);
  });

  it('take a text and itself for the same, however it is written', () => {
    expect(likenessOf('Load Balancer', 'load\n BALANCER', ['other words'])).toBeCloseTo(1, 12);
    expect(likenessOf('ｃａｆé', 'cafe\u0301', ['other words'])).toBeCloseTo(1, 12);
  });

  it.each([[''], ['   '], ['!?…'], ['😀😀']])('find nothing in a text without words: %j', (text) => {
    expect(countFeatures(text).size).toBe(0);
    expect(likenessOf(text, 'words', ['others'])).toBe(0);
  });

  it('stay within their places, however long a text is', () => {
    const counts = countFeatures(Array.from({ length: 5000 }, (_one, index) => `word${index}`).join(' '));
    expect(counts.size).toBeLessThanOrEqual(FEATURE_PLACES);
    expect(Math.max(...counts.keys())).toBeLessThan(FEATURE_PLACES);
  });
});
