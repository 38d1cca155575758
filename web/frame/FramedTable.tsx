import type { ReactNode } from 'react';

type Figures = {
  /** What it is of, for who hears it. */
  readonly label: string;
  readonly headings: readonly string[];
  /** A row each. */
  readonly children: ReactNode;
};

/** Figures in a table that is moved sideways where there is no room, by keyboard too. */
export function FramedTable({ label, headings, children }: Figures) {
  return (
    <div className="table-frame" role="region" aria-label={label} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            {headings.map((heading) => (
              <th scope="col" key={heading}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
