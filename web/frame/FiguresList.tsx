/** Figures by their names, in their order. */
export function FiguresList({ figures }: { readonly figures: readonly (readonly [name: string, figure: string])[] }) {
  return (
    <dl className="figures-list">
      {figures.map(([name, figure]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{figure}</dd>
        </div>
      ))}
    </dl>
  );
}
