/**
 * Long work on a room's state in short turns, between which the event loop is free. All such work of the process takes
 * turns: two of them in one go of the loop would hold it up for twice as long.
 */

/** Of a turn: items at most, and ms after which the next ones wait. */
const MOST = 200;
const TURN_MS = 2;
/** Items between two looks at the clock. */
const STEP = 10;
/** Items that are no long work: they are done at once unless others wait. */
const FEW = 25;

const waiting: (() => void)[] = [];

/** Answers false if it was told to stop (`isOver`) before all was done. What throws ends it. */
export async function inTurns<T>(items: Iterable<T>, work: (item: T) => void, isOver: () => boolean): Promise<boolean> {
  if (waiting.length > 0) {
    await nextTurn();
  }
  let most = FEW;
  let begun = performance.now();
  let n = 0;
  for (const item of items) {
    if (isOver()) {
      return false;
    }
    work(item);
    if (++n >= most || (n % STEP === 0 && performance.now() - begun > TURN_MS)) {
      await nextTurn();
      most = MOST;
      n = 0;
      begun = performance.now();
    }
  }
  return !isOver();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) {
      setImmediate(run);
    }
  });
}

function run(): void {
  waiting.shift()?.();
  if (waiting.length > 0) {
    setImmediate(run);
  }
}
