import type { ReactNode } from 'react';

type Frame = {
  /** What the table is of, for who hears it. */
  readonly label: string;
  readonly children: ReactNode;
};

/** What is moved sideways where there is no room, by keyboard too. */
export function TableFrame({ label, children }: Frame) {
  return (
    <div className="table-frame" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

type Heading = string | { readonly text: string; readonly isOfNumbers: boolean };

/** A table in its frame, of whose rows each is a child. */
export function FramedTable({ label, headings, children }: Frame & { readonly headings: readonly Heading[] }) {
  return (
    <TableFrame label={label}>
      <table className="table">
        <thead>
          <tr>
            {headings.map(partsOf).map(({ text, isOfNumbers }) => (
              <th scope="col" key={text} className={isOfNumbers ? 'number' : undefined}>
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </TableFrame>
  );
}

function partsOf(heading: Heading): Exclude<Heading, string> {
  return typeof heading === 'string' ? { text: heading, isOfNumbers: false } : heading;
}
