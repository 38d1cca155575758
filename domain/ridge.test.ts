import { expect, it } from 'vitest';
import { fitKernelRidge, fitRidge } from './ridge.ts';

it('finds the line through points that lie on one', () => {
  const rows = [0, 1, 2, 5].map((x) => [1, x]);
  const [constant, slope] = fitRidge(rows, [3, 5, 7, 13], [0, 0]);
  expect(constant).toBeCloseTo(3, 10);
  expect(slope).toBeCloseTo(2, 10);
});

it('pulls a coefficient towards 0 as so many rows of it would', () => {
  // One row of x = 1, y = 1, and as if there were three with y = 0.
  expect(fitRidge([[1]], [1], [3])[0]).toBeCloseTo(0.25, 12);
});

it('predicts each row from all others as a fit without it does', () => {
  const alike = [
    [1, 0.5, 0.2],
    [0.5, 1, 0.4],
    [0.2, 0.4, 1],
  ];
  const targets = [1, 0, 0.5];
  const { leftOut } = fitKernelRidge(alike, targets, 0.7);
  targets.forEach((_target, left) => {
    const rest = [0, 1, 2].filter((row) => row !== left);
    const fit = fitKernelRidge(
      rest.map((row) => rest.map((column) => alike[row]?.[column] ?? 0)),
      rest.map((row) => targets[row] ?? 0),
      0.7,
    );
    const predicted = rest.reduce((sum, row, place) => sum + (alike[left]?.[row] ?? 0) * (fit.weights[place] ?? 0), 0);
    expect(leftOut[left]).toBeCloseTo(predicted, 12);
  });
});
