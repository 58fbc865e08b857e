// Views that a game made, when rights change between two patches: what was prepared before serves nobody.
import assert from "node:assert/strict";
import { StateView } from "@colyseus/schema";
import { eventually } from "../../support/eventually.ts";
import { PUMP, relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newQuietRoom, type QuietClient, type QuietRoom } from "../../support/newQuietRoom.ts";

const RESTRICTED = [{ model: PUMP, property: "setpoint", roles: ["operator", "admin"] }] as const;
const SECRET = 102.5;

describe("views that a game made", () => {
  let twins: MemoryTwins;
  let room: QuietRoom;
  beforeEach(async () => {
    twins = await newMemoryTwins({ restricted: RESTRICTED });
    await twins.ready;
  });
  afterEach(async () => {
    room.close();
    await twins.close();
  });

  const set = (id: string) => {
    const properties = { name: id, setpoint: SECRET, motor: {} };
    twins.services.mirror.upsertTwin({ id, modelId: PUMP, properties, times: {} }, 1);
    twins.services.mirror.upsertRelationship(relationship("hall", "contains", id));
  };
  const shows = (id: string) => eventually(() => assert.ok(room.sync.world.twins.has(id)));
  const got = (client: QuietClient, from: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(SECRET);
    return Buffer.concat(client.received.slice(from)).includes(bytes);
  };
  const become = (client: QuietClient, role: string) => {
    client.client.auth = { role };
    room.sync.rightsChanged(client.client);
  };

  for (const [kind, options] of [
    ["twins are shown by views", { interest: { threshold: 1000 } }],
    ["only rights need views", { interest: false }],
    ["what is near is shown", { interest: { threshold: -1 } }],
  ] as const) {
    describe(`where ${kind}`, () => {
      beforeEach(async () => {
        room = newQuietRoom(twins.services, options);
        set("n1");
        await shows("n1");
        room.sync.placed("n1", { x: 1, z: 1 });
        room.sync.placed("n2", { x: 1, z: 1 });
        room.patch();
        room.patch();
      });

      it("the full state that was made when the client came is not sent again", () => {
        const client = room.join({ role: "operator" }, new StateView());
        assert.equal(client.read()["n1"]?.["setpoint"], SECRET);
        const before = client.received.length;
        become(client, "player");
        room.patch();
        assert.equal(got(client, before), false);
        room.patch();
        assert.deepEqual([client.read()["n1"]?.["setpoint"], client.read()["n1"]?.["$name"]], [undefined, "n1"]);
      });

      it("rights to a twin that no patch has told of yet do not come after all", async () => {
        const client = room.join({ role: "operator" }, new StateView());
        room.patch();
        set("n2");
        await shows("n2");
        const before = client.received.length;
        become(client, "player");
        for (let patches = 0; patches < 4; patches++) {
          room.patch();
        }
        assert.equal(got(client, before), false);
        assert.equal(client.read()["n2"]?.["$name"], "n2");
        become(client, "operator");
        for (let patches = 0; patches < 3; patches++) {
          room.patch();
        }
        assert.equal(client.read()["n2"]?.["setpoint"], SECRET);
      });

      it("a right that came and went before a patch is not sent to who comes back before it", () => {
        const client = room.join({ role: "player" }, new StateView());
        become(client, "operator");
        become(client, "player");
        const back = room.rejoin(client);
        for (let patches = 0; patches < 3; patches++) {
          room.patch();
        }
        assert.equal(got(back, 0), false);
        assert.deepEqual([back.read()["n1"]?.["setpoint"], back.read()["n1"]?.["$name"]], [undefined, "n1"]);
      });

      if (kind === "what is near is shown") {
        return; // there nobody shares one
      }
      it("one of several clients is not sent to who came last as it was for those who may see more", () => {
        const view = new StateView();
        const operator = room.join({ role: "operator" }, view);
        assert.equal(operator.read()["n1"]?.["setpoint"], SECRET);
        const player = room.join({ role: "player" }, view);
        assert.equal(got(player, 0), false);
        room.patch();
        room.patch();
        assert.deepEqual(
          [operator.read(), player.read()].map((read) => read["n1"]?.["setpoint"]),
          [undefined, undefined],
        );
        assert.deepEqual(
          [operator.read(), player.read()].map((read) => read["n1"]?.["$name"]),
          ["n1", "n1"],
        );
        room.leave(player);
        room.patch();
        room.patch();
        assert.equal(operator.read()["n1"]?.["setpoint"], SECRET);
      });
    });
  }
});
