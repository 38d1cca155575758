import { ScheduleAlreadyRunning, type Client, type ScheduleOptions } from '@temporalio/client';

/** Makes a schedule; false when there is one of its id, which stays as it is. */
export async function createSchedule(client: Client, schedule: ScheduleOptions): Promise<boolean> {
  try {
    await client.schedule.create(schedule);
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

/** Makes a schedule, or makes the one of its id do the same: whether it is paused, and why, stays with who paused it. */
export async function ensureSchedule(client: Client, schedule: ScheduleOptions): Promise<void> {
  if (await createSchedule(client, schedule)) return;
  const { spec, action, policies } = schedule;
  await client.schedule.getHandle(schedule.scheduleId).update(({ state }) => ({ spec, action, ...(policies ? { policies } : {}), state }));
}
