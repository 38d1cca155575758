/** Work that a pool does beside or instead of a task queue. `run` resolves once it was stopped and what it had begun is through. */
export type Loop = { readonly run: () => Promise<void>; readonly stop: () => void };
