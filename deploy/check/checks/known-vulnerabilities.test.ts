import { expect, it } from 'vitest';
import { judge } from './known-vulnerabilities.ts';

/** As npm 11 prints it. */
const reportOf = (vulnerabilities: Record<string, object>) => JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: {} });
const found = (
  name: string,
  severity: string,
  via: readonly unknown[] = [{ source: 1, name, title: 'Prototype pollution', url: 'https://github.com/advisories/GHSA-1' }],
) => ({
  [name]: { name, severity, isDirect: false, via, effects: [], range: '<2.0.0', nodes: [`node_modules/${name}`], fixAvailable: true },
});
const none = reportOf({});

it('passes where the registry knows of nothing, and says how many packages that were', () => {
  expect(judge({ production: none, everything: none, locked: 700 })).toEqual({ count: 700, what: 'packages', problems: [] });
});

it('names what is high in production, and by what', () => {
  const report = reportOf({ ...found('left', 'high'), ...found('right', 'critical', ['left']), ...found('low', 'moderate') });
  expect(judge({ production: report, everything: report, locked: 3 }).problems).toEqual([
    'left <2.0.0: high: Prototype pollution (https://github.com/advisories/GHSA-1)',
    'right <2.0.0: critical: by left',
  ]);
});

it('lets tools have what is high, and not what is critical', () => {
  const everything = reportOf({ ...found('tool', 'high'), ...found('other', 'critical') });
  expect(judge({ production: none, everything, locked: 3 }).problems).toHaveLength(1);
});

it('knows nothing, and says so without the address, where the registry cannot be asked', () => {
  for (const message of [
    '405 Method Not Allowed - POST https://mirror.example/-/npm/v1/security/advisories/bulk',
    'request to https://mirror.example/-/npm/v1/security/advisories/bulk failed, reason: connect ECONNREFUSED',
  ]) {
    const { unknown, problems } = judge({ production: none, everything: JSON.stringify({ message, error: {} }), locked: 3 });
    expect(problems).toEqual([]);
    expect(unknown).toMatch(/405 Method Not Allowed|ECONNREFUSED/);
    expect(unknown).not.toContain('mirror.example');
  }
});

it('takes no answer for a good one that it does not understand', () => {
  expect(() => judge({ production: none, everything: '{"auditReportVersion":3}', locked: 3 })).toThrow('not understood');
});
