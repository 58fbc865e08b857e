// Properties that only some roles see are not told in words either: operations of twins that are gone, the sentences of
// interlocks, names.
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { PUMP } from "../../support/hall.ts";
import { MemoryDevices } from "../../support/MemoryDevices.ts";
import type { MemoryTwinsOptions } from "../../support/newMemoryTwins.ts";
import type { SeenRoom } from "../../support/newRoomServer.ts";
import { ask, refusalOf } from "./ask.ts";
import { type Hall, live, newHall, seen } from "./newHall.ts";

const SECRET = 77.25;

describe("what is told of properties for some roles only", () => {
  let hall: Hall;
  afterEach(() => hall.close());

  async function open(options: MemoryTwinsOptions): Promise<void> {
    hall = await newHall(options);
    await hall.ready;
  }
  const as = async (role: string, name = role): Promise<SeenRoom> => await live(await hall.join({ role, name }));
  const operation = (room: SeenRoom, id: unknown) => room.state.operations.get(String(id)) ?? {};
  const only = (room: SeenRoom) => [...room.state.operations.values()][0] ?? {};

  describe("operations whose twin is deleted before they end", () => {
    beforeEach(() => open({ restricted: [{ model: PUMP, property: "setpoint", roles: ["operator", "admin"] }] }));

    /** Asks for it, and has the twin deleted before the twin service answers. */
    async function deleteWhileWriting(admin: SeenRoom, watching: SeenRoom, patch: object): Promise<void> {
      const release = hall.provider.hold();
      const asked = refusalOf(ask(admin, "twin.patch", { twinId: "p1", patch: [patch] }));
      await eventually(() => assert.equal(only(watching)["status"], "requested"));
      await hall.provider.deleteRelationship("hall", "hall-contains-p1");
      await hall.provider.deleteTwin("p1");
      await eventually(() => assert.ok(!hall.services.mirror.get("p1")));
      release();
      assert.equal((await asked).code, "NOT_FOUND");
      await eventually(() => assert.equal(only(watching)["status"], "rejected"));
    }

    it("go on telling nothing of a restricted property", async () => {
      const [player, admin] = [await as("player"), await as("admin")];
      await deleteWhileWriting(admin, player, { op: "replace", path: "/setpoint", value: SECRET });
      const { path, desired, reason } = only(player);
      assert.deepEqual([path, desired, reason], ["", "", ""]);
    });

    it("go on telling all of another", async () => {
      const [player, admin] = [await as("player"), await as("admin")];
      await deleteWhileWriting(admin, player, { op: "replace", path: "/running", value: true });
      const { path, desired, reason } = only(player);
      assert.deepEqual([path, desired], ["/running", "true"]);
      assert.match(String(reason), /p1/);
    });

    it("go on telling nothing where the model is deleted too, and to who comes later", async () => {
      const [player, admin] = [await as("player"), await as("admin")];
      const release = hall.provider.hold();
      const patch = [{ op: "replace", path: "/setpoint", value: SECRET }];
      const asked = refusalOf(ask(admin, "twin.patch", { twinId: "p1", patch }));
      await eventually(() => assert.equal(only(player)["status"], "requested"));
      const manager = { id: "an-admin", name: "an admin", role: "admin" } as const;
      await hall.services.control.deleteModel(manager, "dtmi:test:Pump2;1");
      await hall.services.control.deleteModel(manager, PUMP);
      release();
      await asked;
      await eventually(() => assert.equal(only(player)["status"], "rejected"));
      const other = await hall.join({ role: "player" }, "later");
      await eventually(() => assert.equal(only(other)["status"], "rejected"));
      assert.deepEqual([only(player)["desired"], only(other)["desired"]], ["", ""]);
    });
  });

  describe("the sentence of an interlock", () => {
    const devices = new MemoryDevices();
    beforeEach(async () => {
      devices.add("p1");
      devices.connect("p1", false);
      const requires = [{ path: "/temperature", below: 50, within: 86_400 }];
      const guards = ["patch /setpoint", "command reset"];
      await open({
        devices,
        restricted: [{ model: PUMP, property: "temperature", roles: ["admin"] }],
        rules: { interlocks: [{ name: "hot", model: PUMP, guards, requires, reason: "Too hot." }] },
      });
    });
    const heat = async (value: number) => {
      hall.says("p1", { temperature: value });
      await eventually(() => assert.equal(hall.services.mirror.get("p1")?.values.get("/temperature")?.value, value));
    };

    it("tells the value to who may see it, and to nobody else: refusals and permissions", async () => {
      const [operator, admin] = [await as("operator"), await as("admin")];
      await heat(SECRET);
      const patch = { twinId: "p1", patch: [{ op: "replace", path: "/setpoint", value: 7 }] };
      const checks = [{ do: "patch", twinId: "p1", path: "/setpoint" }];
      for (const [room, words] of [
        [operator, "Too hot. (hot: /temperature of p1 does not allow it.)"],
        [admin, `Too hot. (hot: /temperature of p1 is ${SECRET}.)`],
      ] as const) {
        const { code, message } = await refusalOf(ask(room, "twin.patch", patch));
        assert.deepEqual([code, message], ["INTERLOCKED", words]);
        const [permission] = (await ask(room, "permissions.check", { checks })) as unknown as { reason: string }[];
        assert.equal(permission?.reason, words);
      }
    });

    it("does not tell it in the operation, which everybody reads, whoever asked", async () => {
      const [player, admin] = [await as("player"), await as("admin")];
      await heat(30);
      const { operationId } = await ask(admin, "twin.command", { twinId: "p1", command: "reset", timeoutMs: 60_000 });
      await eventually(() => assert.equal(operation(player, operationId)["status"], "queued"));
      await heat(SECRET);
      devices.connect("p1", true);
      hall.hub.push([{ type: "device.connected", subject: "p1", data: {} }]);
      await eventually(() => assert.equal(operation(player, operationId)["status"], "rejected"));
      assert.equal(operation(player, operationId)["reason"], "Too hot. (hot: /temperature of p1 does not allow it.)");
    });
  });

  describe("a name", () => {
    beforeEach(() =>
      open({
        restricted: [{ model: "dtmi:test:Asset;1", property: "name", roles: ["operator"] }],
        rules: {
          alarms: [
            { name: "hot", model: PUMP, path: "/temperature", above: 50, text: "{name} is hot", severity: "info" },
          ],
        },
      }),
    );

    it("is told as the id in $name, the world's name, alarms and the list of spaces", async () => {
      const [player, operator] = [await as("player"), await as("operator")];
      hall.says("p1", { temperature: 60, name: "A secret pump" });
      await eventually(() => assert.equal([...player.state.alarms.values()][0]?.["text"], "p1 is hot"));
      await eventually(() => assert.equal(seen(operator, "p1", "name"), "A secret pump"));
      assert.equal(seen(player, "p1", "name"), undefined);
      assert.deepEqual([seen(player, "p1", "$name"), seen(player, "p2", "$name")], ["p1", "p2"]);
      assert.equal(player.state.name, "hall");
      assert.deepEqual(
        hall.services.spaces.list().map(({ name }) => name),
        ["hall", "annex", "yard"],
      );
      assert.equal(hall.services.spaces.get("annex")?.name, "annex");
    });
  });
});
