/** The three doors, and whose they are. */
export const DOORS = {
  desk: { path: '/desk', roles: ['grader', 'designated'] },
  console: { path: '/console', roles: ['staff', 'auditor', 'designated'] },
  exam: { path: '/exam', roles: ['candidate'] },
} as const;

export type Door = keyof typeof DOORS;

export function doorsOf(roles: readonly string[]): readonly Door[] {
  return (Object.keys(DOORS) as Door[]).filter((door) => DOORS[door].roles.some((role) => roles.includes(role)));
}
