import { Matrix, QrDecomposition } from 'ml-matrix';

/** One row of numbers, what it should come to, and how many observations it stands for. */
export type WeightedRow = { readonly row: readonly number[]; readonly target: number; readonly weight: number };

/** The coefficients with the least weighted squares, by QR, which loses fewer digits than the normal equations. Undefined where they are not determined. */
export function leastSquares(rows: readonly WeightedRow[]): readonly number[] | undefined {
  const [first] = rows;
  if (!first || rows.length < first.row.length) return undefined;
  const design = new Matrix(rows.map(({ row, weight }) => row.map((value) => value * Math.sqrt(weight))));
  const targets = Matrix.columnVector(rows.map(({ target, weight }) => target * Math.sqrt(weight)));
  const decomposition = new QrDecomposition(design);
  return decomposition.isFullRank() ? decomposition.solve(targets).to1DArray() : undefined;
}
