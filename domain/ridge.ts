import { Matrix, inverse, solve } from 'ml-matrix';

/** Least squares with a pull towards 0, by a kept library for the numbers. */

/**
 * The coefficients that fit `targets` best from `rows`; that of each column is pulled towards 0 as strongly as so many rows
 * would (`pulls`; 0 leaves it free). Rows may be many: they are added up one by one.
 */
export function fitRidge(rows: Iterable<readonly number[]>, targets: Iterable<number>, pulls: readonly number[]): readonly number[] {
  const squares = Matrix.diag([...pulls]);
  const products = Matrix.zeros(pulls.length, 1);
  const values = targets[Symbol.iterator]();
  for (const row of rows) {
    const target = values.next().value ?? 0;
    row.forEach((value, column) => {
      if (value === 0) return;
      products.set(column, 0, products.get(column, 0) + value * target);
      row.forEach((other, place) => {
        if (other !== 0) squares.set(column, place, squares.get(column, place) + value * other);
      });
    });
  }
  return solve(squares, products).to1DArray();
}

export type KernelFit = {
  /** What each row adds to a prediction, times its likeness. */
  readonly weights: readonly number[];
  /** What would be predicted for each row from all the others. */
  readonly leftOut: readonly number[];
};

/** Fits targets from how alike rows are (`alike` is square and positive semi-definite), and predicts each row from all others, exactly. */
export function fitKernelRidge(alike: readonly (readonly number[])[], targets: readonly number[], pull: number): KernelFit {
  const inverted = inverse(new Matrix(alike.map((row) => [...row])).add(Matrix.eye(targets.length).mul(pull)));
  const weights = inverted.mmul(Matrix.columnVector([...targets])).to1DArray();
  return { weights, leftOut: targets.map((target, row) => target - (weights[row] ?? 0) / inverted.get(row, row)) };
}
