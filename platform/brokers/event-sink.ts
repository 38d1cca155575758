/** A CloudEvents 1.0 event in the JSON format, as it leaves us. */
export type CloudEvent = {
  readonly specversion: '1.0';
  /** Stable over repeats: consumers drop what they have seen by it. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  /** Events of one key arrive in their order (CloudEvents' partitioning extension). */
  readonly partitionkey: string;
  /** Orders the events of a key (CloudEvents' sequence extension). */
  readonly sequence: string;
  readonly data: object;
};

export type SendResult =
  | { readonly kind: 'sent' }
  /** The broker will never take this event: too large, malformed. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** This one may be tried again, after so many seconds if the sink said so. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterSeconds?: number }
  /** It was not tried, because the receiver does not take anything now: that does not count against it. */
  | { readonly kind: 'skipped'; readonly reason: string; readonly retryAfterSeconds?: number };

/** Sends one batch and tells what became of each event. Order per key, repeats and setting aside are the relay's business. */
export type EventSink = {
  readonly name: string;
  /**
   * Results in the order of the events. Throws when the broker is away or refuses us: then none counts as sent, though
   * some may have arrived. A later call works again once the broker is back.
   */
  readonly send: (events: readonly CloudEvent[]) => Promise<readonly SendResult[]>;
  readonly close: () => Promise<void>;
};

/** Structured content mode: the whole event in the body. */
export const CLOUD_EVENT_CONTENT_TYPE = 'application/cloudevents+json';
