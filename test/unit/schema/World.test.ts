// What a game's TypeScript sees of the world in its own state. `npm run types` holds it: most of this is never called.
import assert from "node:assert/strict";
import { definePlugins, defineRoom, defineServer, Room } from "@colyseus/core";
import { type SchemaType, schema, t } from "@colyseus/schema";
import type { ColyseusSDK } from "@colyseus/sdk";
import { declaredFields } from "../../../plugins/sync/internals.ts";
import { digitalTwins, type TwinServices, ViewedWorld, World } from "../../../src/index.ts";

const ArenaState = schema({ world: t.ref(World).optional(), large: t.ref(ViewedWorld).optional() }, "ArenaState");
const services = {} as TwinServices;

class Arena extends Room<{ state: InstanceType<typeof ArenaState> }> {
  override plugins = definePlugins(digitalTwins({ services, field: "world" }));
  names(): (string | undefined)[] {
    // @ts-expect-error: no such member
    this.state.world?.twinz;
    return [this.state.world?.twins.get("p1")?.$name, this.state.large?.twins.get("p1")?.$name];
  }
}
const serve = () => defineServer({ rooms: { arena: defineRoom(Arena) } });

async function namesSeen(sdk: ColyseusSDK<ReturnType<typeof serve>>): Promise<(string | undefined)[]> {
  const byName = await sdk.joinOrCreate("arena");
  const byClass = await sdk.joinOrCreate<Arena>("arena");
  const worlds: (World | SchemaType<typeof World> | undefined)[] = [byName.state.world, byClass.state.world];
  return worlds.map((world) => world?.twins.get("p1")?.$name ?? world?.placements.get("p1")?.visual);
}

describe("World", () => {
  it("is typed with its twins, in the room and for a typed client", () => assert.ok(Arena && namesSeen));

  for (const Class of [World, ViewedWorld]) {
    it(`${Class.name}: twins are a member by type; the field is declared with the models' classes`, () => {
      const fields = [...declaredFields(new Class()).keys()];
      assert.ok(fields.includes("players"));
      assert.ok(!fields.includes("twins"));
    });
  }
});
