import type { Client } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto'; // CommonJS: Node finds no named values in it

const { IndexedValueType } = proto.temporal.api.enums.v1;

const INDEXED_TYPES: Readonly<Record<SearchAttributeType, temporal.api.enums.v1.IndexedValueType>> = {
  TEXT: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  DOUBLE: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  BOOL: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
};

type TypedKey = { readonly name: string; readonly type: SearchAttributeType };

/** Registers the search attributes that the namespace lacks. Safe to repeat, and from several processes at once. */
export async function registerSearchAttributes(client: Client, keys: readonly TypedKey[]): Promise<void> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace: client.options.namespace });
  const missing = keys.filter((key) => customAttributes[key.name] === undefined);
  if (missing.length === 0) return;
  try {
    await addSearchAttributes(client, missing);
  } catch (error) {
    if (!(error instanceof Error && /already exist/i.test(error.message))) throw error;
  }
}

/** Adds search attributes without a look at what is there; rejects when one exists. */
export async function addSearchAttributes(client: Client, keys: readonly TypedKey[]): Promise<void> {
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(keys.map((key) => [key.name, INDEXED_TYPES[key.type]])),
  });
}
