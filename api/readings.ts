import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import { validate as isUuid } from 'uuid';
import type { ReadingStore } from '../store/readings.ts';
import { contextOf } from './request-context.ts';
import type { Route } from './route.ts';
import { isOfOffice } from './separation-of-duties.ts';

/** A console that is left open asks every few seconds: what it asks is written down once an hour. */
const HOUR_MILLISECONDS = 3_600_000;
const REMEMBERED_MAX = 20_000;
const ABOUT_MAX = 500;

/** Whether a route of an office reads: what it answers is about other people. */
export const isReadingOfOffice = (route: Pick<Route, 'roles' | 'method' | 'isReading'>): boolean =>
  isOfOffice(route) && (route.method === 'get' || route.isReading === true);

/** Writes down who reads about whom (design, *Separation of duties*), before they read: where it cannot be written, nothing is read. */
export function createReadingRecorder({ store: { readings } }: { store: { readings: ReadingStore } }): (route: Route) => readonly RequestHandler[] {
  const recorded = new LRUCache<string, true>({ max: REMEMBERED_MAX });

  return (route) => {
    if (!isReadingOfOffice(route)) return [];
    const record: RequestHandler = async (request, response, next) => {
      const { actor } = contextOf(response);
      if (!actor) throw new TypeError('an office is held by somebody');
      const named = Object.entries(request.params).map(([name, value]) => `${name}=${String(value)}`);
      const { attemptId } = request.params;
      const reading = {
        reader: actor.subject,
        operation: route.operationId,
        about: nameable(named.join(' ')),
        attemptId: typeof attemptId === 'string' && isUuid(attemptId) ? attemptId : undefined,
      };
      const key = JSON.stringify([Math.floor(Date.now() / HOUR_MILLISECONDS), reading]);
      if (!recorded.has(key)) {
        await readings.record(reading);
        recorded.set(key, true);
      }
      next();
    };
    return [record];
  };
}

/** As it can be kept, whatever somebody typed there: what is too long, or no text, is told by its hash. */
function nameable(text: string): string {
  return text.length <= ABOUT_MAX && !text.includes('\0') ? text : `sha-256:${createHash('sha256').update(text).digest('hex')}`;
}
