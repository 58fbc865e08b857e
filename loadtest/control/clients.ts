/**
 * Half of the clients of the control benchmark, which all watch for "verified"; those of the first half ask too. Two processes,
 * so that one of them, which stands for 100 machines, decodes while the other does.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Callbacks, ColyseusSDK, type Room } from "@colyseus/sdk";
import { CLIENTS, OPERATIONS, PER_SECOND, pumpId, type Way } from "./plant.ts";

const [, , port, part] = process.argv;
const HALF = CLIENTS / 2;
const sdk = new ColyseusSDK(`http://127.0.0.1:${port}`);
/** Operation → when it was asked for, and how many clients saw it verified, the last one when; ms since epoch. */
const asked: Record<string, number> = {};
const seen: Record<string, { count: number; at: number }> = {};
const now = () => performance.timeOrigin + performance.now();

function watch(room: Room): void {
  const callbacks = Callbacks.get(room as never) as never as {
    onAdd(name: "operations", call: (operation: object, id: string) => void): void;
    listen(operation: object, name: "status", call: (status: string) => void): void;
  };
  callbacks.onAdd("operations", (operation, id) => {
    callbacks.listen(operation, "status", (status) => {
      if (status === "verified") {
        seen[id] = { count: (seen[id]?.count ?? 0) + 1, at: now() };
      }
    });
  });
}

async function ask(rooms: readonly Room[], way: Way): Promise<void> {
  for (let i = 0; i < OPERATIONS; i++) {
    const operationId = `${way}-${i}`;
    const patch = [{ op: "replace", path: "/setpoint", value: i + 0.5 }];
    asked[operationId] = now();
    const request = { twinId: pumpId(i, way), patch, operationId };
    // The operators take turns: one client alone would meet its own rate limit.
    rooms[i % HALF]?.request("twin.patch" as never, request as never).catch((error: unknown) => console.error(error));
    await delay(1000 / PER_SECOND);
  }
}

const rooms: Room[] = [];
for (let i = 0; i < HALF; i++) {
  const room = (await sdk.joinOrCreate("space", { role: "operator" })) as Room;
  watch(room);
  rooms.push(room);
}
process.send?.({ said: "ready" });
process.on("message", (task: Way | "report") => {
  if (task === "report") {
    process.send?.({ said: { asked, seen } });
  } else if (part === "0") {
    void ask(rooms, task).then(() => process.send?.({ said: "asked" }));
  }
});
