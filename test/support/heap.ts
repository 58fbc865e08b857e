// What the heap holds when the garbage is gone.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes, buffers outside the heap too. */
export async function heapBytes(): Promise<number> {
  for (let turn = 0; turn < 2; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect(); // buffers are freed after the objects that hold them
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
