/** A column with an address, as foldedAddress() has what is compared with it. It is kept in NFC and without blanks around it (TEXTS.mailAddress). */
export const foldedColumn = (column: string): string => `lower(${column})`;
