import { Group, Input, Label, NumberField } from 'react-aria-components';

type AmountProps = {
  readonly label: string;
  readonly currency: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly isNegativeAllowed?: boolean;
};

/** An amount of money, typed as the reader's language writes it. Not a number while nothing is typed. */
export function Amount({ label, currency, value, onChange, isNegativeAllowed = false }: AmountProps) {
  return (
    <NumberField
      className="field"
      value={value}
      onChange={onChange}
      formatOptions={{ style: 'currency', currency }}
      {...(!isNegativeAllowed && { minValue: 0 })}
    >
      <Label>{label}</Label>
      <Group>
        <Input className="input" />
      </Group>
    </NumberField>
  );
}
