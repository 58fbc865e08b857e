// Clients on real sockets that stop reading until the server holds more for them than it is to, and then go on: each must
// hold what the mirror holds. One trial is one client that stopped once.
import assert from "node:assert/strict";
import { definePlugins, Room } from "@colyseus/core";
import { Encoder } from "@colyseus/schema";
import { Decoding, seat } from "../../loadtest/rooms/Decoding.ts";
import { digitalTwins } from "../../plugins/index.ts";
import { eventually } from "./eventually.ts";
import { GAUGE, relationship } from "./hall.ts";
import { newMemoryTwins } from "./newMemoryTwins.ts";
import { newRoomServer } from "./newRoomServer.ts";

const TWINS = 20;
/** Of a text: a patch with one for each twin fills sockets soon, and is quickly decoded. */
const CHARACTERS = 20_000;
const HELD_BYTES = 256 * 1024;

/** `clients` stop together, `rounds` times. Answers how many full states were sent because of it. */
export async function stallClients(options: { clients: number; rounds: number }): Promise<number> {
  const { BUFFER_SIZE } = Encoder;
  Encoder.BUFFER_SIZE = 1 << 20; // else it grows, and says so
  const twins = await newMemoryTwins();
  await twins.ready;
  const { services } = twins;
  const ids = Array.from({ length: TWINS }, (_, i) => `n${i}`);
  for (const id of ids) {
    await twins.provider.putTwin({ id, modelId: GAUGE, properties: { name: id } });
    await twins.provider.putRelationship(relationship("hall", "contains", id));
  }
  await eventually(() => assert.ok(ids.every((id) => services.spaces.members("hall").has(id))));
  let room: InstanceType<typeof Room> | undefined;
  class Space extends Room {
    override plugins = definePlugins(digitalTwins({ services, backpressure: { maxBufferedBytes: HELD_BYTES } }));
    override onCreate(): void {
      room = this;
    }
  }
  const server = await newRoomServer({ space: Space as unknown as typeof Room });
  let told = 0;
  const tell = async () => {
    told++;
    for (const id of ids) {
      const value = `${told} of ${id} `.repeat(CHARACTERS).slice(0, CHARACTERS);
      const now = Date.now() + told;
      services.mirror.setValues(id, [["/name", value]], { source: now, received: now, sequence: told, origin: "test" });
    }
    room?.broadcastPatch();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const nameOf = (id: string) => services.mirror.get(id)?.values.get("/name")?.value;
  try {
    const clients = await Promise.all(
      Array.from({ length: options.clients }, async () => new Decoding(await seat(server.port))),
    );
    await eventually(() => assert.ok(clients.every((client) => client.hasState)));
    const before = services.traffic.fullStates;
    for (let round = 0; round < options.rounds; round++) {
      await stall(clients, tell, () => room?.clients ?? []);
      await tell(); // the last word
      for (const [n, client] of clients.entries()) {
        await eventually(
          () => {
            assert.ok(!client.isClosed, `client ${n} was closed in round ${round}`);
            const wrong = ids.filter((id) => client.state?.twins.get(id)?.["name"] !== nameOf(id));
            assert.deepEqual(wrong, [], `client ${n}, round ${round}`);
          },
          { timeoutMs: 20_000 },
        );
      }
    }
    for (const client of clients) {
      client.close();
    }
    return services.traffic.fullStates - before;
  } finally {
    Encoder.BUFFER_SIZE = BUFFER_SIZE;
    await server.close();
    await twins.close();
  }
}

/** Until each has more waiting than it may; then they read again. */
async function stall(
  clients: readonly Decoding[],
  tell: () => Promise<void>,
  served: () => Iterable<{ ref: unknown }>,
): Promise<void> {
  for (const client of clients) {
    client.pause();
  }
  // From there on each patch alone is more than may be held; below, a slow one would count as read.
  const isFull = ({ ref }: { ref: unknown }) => (ref as { bufferedAmount: number }).bufferedAmount > HELD_BYTES / 8;
  for (let full = 0, patches = 0; full < 3; patches++) {
    assert.ok(patches < 1000, "sockets that nobody reads fill up");
    await tell();
    full = [...served()].every(isFull) ? full + 1 : 0;
  }
  for (const client of clients) {
    client.resume();
  }
}
