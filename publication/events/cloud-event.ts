import type { EventType } from '../../domain/events.ts';
import type { CloudEvent } from '../../platform/brokers/event-sink.ts';

/** What every type begins with, and the version that its end names: a change that consumers would notice is a new one. */
const TYPE_PREFIX = 'com.certifiable.';
const TYPE_VERSION = 'v1';

/** An event as it was written down. */
export type RecordedEvent = {
  readonly id: string;
  readonly position: bigint;
  readonly key: string;
  readonly type: EventType;
  readonly data: object;
  readonly time: Date;
};

export function cloudEventType(type: EventType): string {
  return `${TYPE_PREFIX}${type}.${TYPE_VERSION}`;
}

export function dataSchemaPath(type: EventType): string {
  return `/events/schemas/${type}.${TYPE_VERSION}.json`;
}

export function toCloudEvent(event: RecordedEvent, { publicUrl }: { publicUrl: string }): CloudEvent {
  const { id, position, key, type, data, time } = event;
  return {
    specversion: '1.0',
    id,
    source: publicUrl,
    type: cloudEventType(type),
    subject: subjectOf(type, data),
    time: time.toISOString(),
    datacontenttype: 'application/json',
    dataschema: `${publicUrl}${dataSchemaPath(type)}`,
    partitionkey: key,
    sequence: String(position).padStart(20, '0'),
    data,
  };
}

/** The record that the event names. */
function subjectOf(type: EventType, data: object): string {
  if (type.startsWith('certificate.') && 'certificateId' in data) return `certificates/${String(data.certificateId)}`;
  return 'attemptId' in data ? `attempts/${String(data.attemptId)}` : '';
}
