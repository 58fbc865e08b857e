/** The first of two steps was taken. Says so, and for how long the second one counts. */
import { useEffect, useState } from "preact/hooks";
import type { Refusal } from "../net/requests.ts";

export const ARMED_SECONDS = 5;

export function ArmedNote({ refusal }: { refusal: Refusal }) {
  const left = useSecondsLeft(refusal);
  return left === 0 ? null : (
    <p class="note armed" role="alert">
      {refusal.message}
    </p>
  );
}

/** Counts down from the moment of that refusal; 0 without one. */
export function useSecondsLeft(refusal: Refusal | undefined): number {
  const [left, setLeft] = useState(refusal === undefined ? 0 : ARMED_SECONDS);
  useEffect(() => {
    if (refusal === undefined) {
      setLeft(0);
      return;
    }
    const until = performance.now() + ARMED_SECONDS * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - performance.now()) / 1000)));
    tick();
    const timer = window.setInterval(tick, 250);
    return () => window.clearInterval(timer);
  }, [refusal]);
  return left;
}
