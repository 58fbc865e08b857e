/** 200 clients of the control benchmark; the first one asks, and all of them watch for "verified". */
import { setTimeout as delay } from "node:timers/promises";
import { Callbacks, ColyseusSDK, type Room } from "@colyseus/sdk";
import { CLIENTS, OPERATIONS, PER_SECOND, pumpId, TWINS } from "./plant.ts";

const sdk = new ColyseusSDK(`http://127.0.0.1:${process.argv[2]}`);
const asked = new Map<string, number>();
const seen = new Map<string, number>();
const times: number[] = [];

interface Seen {
  status: string;
}
function watch(room: Room): void {
  const callbacks = Callbacks.get(room as never) as never as {
    onAdd(name: "operations", call: (operation: Seen, id: string) => void): void;
    listen(operation: Seen, name: "status", call: (status: string) => void): void;
  };
  callbacks.onAdd("operations", (operation, id) => {
    callbacks.listen(operation, "status", (status) => status === "verified" && sawVerified(id));
  });
}

function sawVerified(id: string): void {
  const count = (seen.get(id) ?? 0) + 1;
  seen.set(id, count);
  if (count === CLIENTS) {
    times.push(performance.now() - (asked.get(id) ?? 0));
  }
}

const rooms: Room[] = [];
for (let i = 0; i < CLIENTS; i++) {
  const room = (await sdk.joinOrCreate("space", { role: "operator" })) as Room;
  watch(room);
  rooms.push(room);
}
await delay(2000);
for (let i = 0; i < OPERATIONS; i++) {
  const operationId = `op-${i}`;
  const patch = [{ op: "replace", path: "/setpoint", value: i + 0.5 }];
  asked.set(operationId, performance.now());
  const request = { twinId: pumpId(i % TWINS), patch, operationId };
  // The operators take turns: one client alone would meet its own rate limit.
  const room = rooms[i % CLIENTS] as Room;
  room.request("twin.patch" as never, request as never).catch((error: unknown) => console.error(error));
  await delay(1000 / PER_SECOND);
}
await delay(3000);
process.send?.({ said: { times, missing: OPERATIONS - times.length } });
