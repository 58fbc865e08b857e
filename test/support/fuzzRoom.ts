// Room messages of all roles that make less and less sense, seeded, and frames that are none: each request is answered or
// refused with a code of ours, somebody else in the room goes on, and nobody gets done what his role does not allow.
import assert from "node:assert/strict";
import { ERROR_CODES } from "../../src/errors.ts";
import type { Role } from "../../src/protocol/names.ts";
import { ask } from "../integration/rooms/ask.ts";
import { type Hall, live, newHall } from "../integration/rooms/newHall.ts";
import { countWrites } from "./countWrites.ts";
import { eventually } from "./eventually.ts";
import { Scraps } from "./fuzzScraps.ts";
import type { SeenRoom } from "./newRoomServer.ts";

const GOOD: Record<string, unknown> = {
  "avatar.move": { x: 1, selected: "p1" },
  "twin.get": { twinId: "p1", history: 60 },
  "twin.watch": { twinIds: ["p1"] },
  "twin.patch": { twinId: "p1", patch: [{ op: "replace", path: "/setpoint", value: 3 }], operationId: "one" },
  "twin.create": { modelId: "dtmi:test:Asset;1", twinId: "fuzz" },
  "twin.delete": { twinId: "fuzz" },
  "placement.add": { items: [{ twinId: "p1", x: 1, visual: "pump" }] },
  "placement.move": { items: [{ placementId: "none", x: 1 }], settle: true },
  "placement.remove": { placementIds: ["none"] },
  "twin.command": { twinId: "p1", command: "start", timeoutMs: 1000 },
  "operation.cancel": { operationId: "one" },
  "lease.acquire": { twinId: "p2", seconds: 1 },
  "lease.release": { twinId: "p2" },
  "lease.transfer": { twinId: "p2", to: "nobody" },
  "alarm.acknowledge": { alarmId: "none" },
  "alarm.shelve": { alarmId: "none", seconds: 1 },
  "permissions.check": { checks: [{ do: "patch", twinId: "p1", path: "/setpoint" }] },
  "placement.arrange": { do: "align", placementIds: ["none"], axis: "x" },
  "placement.undo": {},
  "placement.redo": {},
  "visual.set": { modelId: "dtmi:test:Pump;1", template: null },
  "auth.renew": { token: "x" },
};
const TYPES = Object.keys(GOOD);
/** Frames that are none of the protocol's, or end too early. */
const FRAMES = [
  "",
  "\u0000",
  "\u000d",
  "\u000d\u00ff\u00ff",
  "{}",
  "\u0011".repeat(300),
  "\u000b\u00a1",
  "\u00ff\u00c1",
];
/** Requests that wait for their answers at a time. */
const AT_ONCE = 25;

/** Of one client, so that its messages reach their handlers and not the limit of what it may ask in a second. */
const BY_ONE = 2000;

/** Half of the messages by a player, then half by a builder, an operator and a player in turn. */
export async function fuzzRoom(seed: number, count: number): Promise<void> {
  const hall = await newHall();
  try {
    await hall.ready;
    const bystander = await live(await hall.join({ role: "player", name: "Bystander" }));
    let left = 0;
    bystander.onLeave(() => left++);
    const writes = countWrites(hall.provider);
    await sendAll({ hall, bystander, scraps: new Scraps(seed, "players"), seed }, count / 2, ["player"]);
    assert.deepEqual(writes(), [], `seed ${seed}: written by a player`);
    const roles: Role[] = ["builder", "operator", "player"];
    await sendAll({ hall, bystander, scraps: new Scraps(seed, "roles"), seed }, count / 2, roles);
    assert.ok(writes().includes("patchTwin") && writes().includes("putTwin"));
    const forAdmins = ["deleteTwin", "putRelationship", "patchRelationship", "deleteRelationship", "deleteModel"];
    assert.deepEqual(
      writes().filter((name) => forAdmins.includes(name)),
      [],
      `seed ${seed}: written although admins alone may`,
    );
    assert.equal(left, 0);
  } finally {
    await hall.close();
  }
}

interface Fuzz {
  hall: Hall;
  /** Does nothing wrong: stays, sees what changes, and is answered. */
  bystander: SeenRoom;
  scraps: Scraps;
  seed: number;
}

async function sendAll({ hall, bystander, scraps, seed }: Fuzz, count: number, roles: readonly Role[]): Promise<void> {
  const rooms = new Map<Role, SeenRoom>();
  for (let n = 0; n < count; n += AT_ONCE) {
    if (n % BY_ONE === 0) {
      await Promise.all([...rooms.values()].map((room) => room.leave()));
      rooms.clear();
    }
    const role = roles[(n / AT_ONCE) % roles.length] as Role;
    const known = rooms.get(role);
    const room = known?.connection.isOpen ? known : await join(hall, role);
    rooms.set(role, room);
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - n) }, async (_, i) => {
        const type = scraps.happens(0.98) ? scraps.pick(TYPES) : scraps.name(TYPES);
        const payload = scraps.spoilt(GOOD[type] ?? {});
        const where = `seed ${seed}, message ${n + i} as ${role}: ${type} ${JSON.stringify(payload)?.slice(0, 300)}`;
        await send(room, type, payload, where);
      }),
    );
    assert.ok(room.connection.isOpen, `seed ${seed}: ${role} was kicked for payloads before message ${n + AT_ONCE}`);
    if (scraps.happens(0.2)) {
      sendFrame(room, scraps.pick(FRAMES));
      await ask(room, "twin.get", { twinId: "p1" }).catch(() => undefined); // by then it is thrown out, or stays
    }
    assert.ok(bystander.connection.isOpen, `seed ${seed}, before message ${n + AT_ONCE}`);
  }
  hall.says("p1", { temperature: count });
  await eventually(() => assert.equal(bystander.state.twins.get("p1")?.["temperature"], count));
  assert.ok("twin" in (await ask(bystander, "twin.get", { twinId: "p1" })));
}

async function join(hall: Hall, role: Role): Promise<SeenRoom> {
  const room = await live(await hall.join({ role }));
  room.reconnection.enabled = false;
  return room;
}

async function send(room: SeenRoom, type: string, payload: unknown, where: string): Promise<void> {
  if (!TYPES.includes(type)) {
    room.send(type, payload as never); // nobody answers what no handler is for
    return;
  }
  try {
    await ask(room, type, payload);
  } catch (error) {
    const { reason } = error as { reason?: { code?: string } };
    assert.ok(reason?.code !== undefined && reason.code in ERROR_CODES, `${String(error)} to ${where}`);
    assert.notEqual(reason.code, "UNAVAILABLE", where);
  }
}

/** The sender may be thrown out for it, nobody else. */
function sendFrame(room: SeenRoom, text: string): void {
  const { transport } = room.connection as unknown as { transport: { ws: { send(data: Uint8Array): void } } };
  transport.ws.send(Buffer.from(text, "latin1"));
}
