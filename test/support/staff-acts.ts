import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { withTemporal } from '../../api/staff-acts.ts';
import { STAFF_ACTS, termsOf } from '../../domain/staff-act.ts';
import type { Store } from '../../store/store.ts';
import { attemptWorkflowId } from '../../workflows/messages.ts';

type StaffInput = { readonly actor: string; readonly reason: string };

/** Says who acts, as the API does before it sends an Update: `key` is what the workflow knows it by. */
export async function vouchFor(store: Store, name: string, { key, input }: { key: string; input: StaffInput }): Promise<void> {
  const kind = STAFF_ACTS.find((known) => known === name);
  if (!kind) throw new Error(`${name} is no act of staff`);
  await store.staffActs.vouch({ actionKey: key, kind, terms: termsOf(kind, input), actor: input.actor, reason: input.reason });
}

/** Staff act on an attempt by the API's messages. */
export async function actAsStaff<Result, Input extends StaffInput>(
  { store, client }: { store: Store; client: Client },
  attemptId: string,
  update: UpdateDefinition<Result, [Input]>,
  input: Input,
): Promise<Result> {
  const updateId = randomUUID();
  await vouchFor(store, update.name, { key: `${attemptId}:${updateId}`, input });
  return withTemporal(client, () => client.workflow.getHandle(attemptWorkflowId(attemptId)).executeUpdate(update, { args: [input], updateId }));
}
