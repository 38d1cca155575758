import { describe, expect, test } from 'vitest';
import { parseMetrics, sumOfSamples } from './metrics-text.ts';

const page = `# HELP backlog Tasks that wait
# TYPE backlog gauge
backlog{queue="feedback",type="activity"} 3
backlog{queue="feedback",type="workflow"} 4 1700000000000
backlog{queue="a \\"quoted\\" one, with a comma",type="activity"} 1e2
up 1
bucket{le="+Inf"} +Inf
broken{
`;

describe('parseMetrics', () => {
  test('reads names, labels and values, and passes over comments and what is broken', () => {
    expect(parseMetrics(page)).toEqual([
      { name: 'backlog', labels: { queue: 'feedback', type: 'activity' }, value: 3 },
      { name: 'backlog', labels: { queue: 'feedback', type: 'workflow' }, value: 4 },
      { name: 'backlog', labels: { queue: 'a "quoted" one, with a comma', type: 'activity' }, value: 100 },
      { name: 'up', labels: {}, value: 1 },
      { name: 'bucket', labels: { le: '+Inf' }, value: Infinity },
    ]);
  });
});

describe('sumOfSamples', () => {
  test('adds up those that have all labels asked for', () => {
    const samples = parseMetrics(page);
    expect(sumOfSamples(samples, 'backlog', { queue: 'feedback' })).toBe(7);
    expect(sumOfSamples(samples, 'backlog', { queue: 'feedback', type: 'workflow' })).toBe(4);
    expect(sumOfSamples(samples, 'backlog')).toBe(107);
  });

  test('is 0 where nothing is told', () => {
    expect(sumOfSamples(parseMetrics(page), 'absent')).toBe(0);
  });
});
