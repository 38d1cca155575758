/**
 * Remembers what a function answered, for so long, and no more than so many answers: the oldest go first. Whoever asks the
 * same at once waits for one answer; a failure is not remembered. An answer's age counts from the question, so that none is
 * ever older than `milliseconds`. `now` is a clock that only goes forward.
 */
export function rememberBriefly<Value>({
  ask,
  milliseconds,
  answersMax,
  now = () => performance.now(),
}: {
  ask: (key: string) => Promise<Value>;
  milliseconds: number;
  answersMax: number;
  now?: () => number;
}): (key: string) => Promise<Value> {
  // In the order of their questions, since a Map keeps the order of insertion.
  const remembered = new Map<string, { readonly answer: Promise<Value>; readonly askedAt: number }>();

  function forgetOld(time: number): void {
    for (const [key, { askedAt }] of remembered) {
      if (remembered.size <= answersMax && time - askedAt < milliseconds) return;
      remembered.delete(key);
    }
  }

  return (key) => {
    const time = now();
    const known = remembered.get(key);
    if (known && time - known.askedAt < milliseconds) return known.answer;
    const question = { answer: ask(key), askedAt: time };
    remembered.delete(key);
    remembered.set(key, question);
    forgetOld(time);
    question.answer.catch(() => {
      if (remembered.get(key) === question) remembered.delete(key);
    });
    return question.answer;
  };
}
