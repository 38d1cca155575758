/** What is to happen, in order of time: the heart of a discrete-event simulation. */
export type Timeline = {
  /** Seconds since the simulation began. */
  readonly now: () => number;
  /** At the same instant, what was planned first happens first. */
  readonly plan: (at: number, happen: () => void) => void;
  /** Lets everything happen until then; what is later stays planned. */
  readonly runUntil: (end: number) => void;
};

type Planned = { readonly at: number; readonly order: number; readonly happen: () => void };

export function createTimeline(): Timeline {
  const heap: Planned[] = [];
  let now = 0;
  let planned = 0;

  function rise(event: Planned): void {
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = heap[parentPlace];
      if (!parent || !isBefore(event, parent)) break;
      heap[place] = parent;
      place = parentPlace;
    }
    heap[place] = event;
  }

  function takeFirst(): Planned | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (last && heap.length > 0) sink(last);
    return first;
  }

  function sink(event: Planned): void {
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const child = a && b && isBefore(b, a) ? b : a;
      if (!child || !isBefore(child, event)) break;
      heap[place] = child;
      place = child === a ? left : left + 1;
    }
    heap[place] = event;
  }

  return {
    now: () => now,
    plan(at, happen) {
      if (at < now) throw new RangeError(`nothing can be planned for the past: ${at} is before ${now}`);
      rise({ at, order: (planned += 1), happen });
    },
    runUntil(end) {
      for (let next = heap[0]; next && next.at <= end; next = heap[0]) {
        takeFirst();
        now = next.at;
        next.happen();
      }
      now = end;
    },
  };
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
