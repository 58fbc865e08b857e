// Azure's functional limits, and the codes of what goes over them.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { closeDigitalTwins, newDigitalTwins, refused } from "../../support/newDigitalTwins.ts";
import { CAMERA, MODELS, room, space } from "./models.ts";

async function newHouse() {
  const house = await newDigitalTwins();
  await house.client.createModels(MODELS);
  return house;
}
const add = (path: string, value: unknown) => [{ op: "add", path, value }];

describe("embedded twin service: limits", () => {
  afterEach(closeDigitalTwins);

  it("of strings and names: 4 KB, 1 KB", async () => {
    const { client } = await newHouse();
    await client.upsertDigitalTwin("r", room({ name: "ü".repeat(2_048) }));
    await refused(client.upsertDigitalTwin("r", room({ name: "ü".repeat(2_049) })), 400, "ValidationFailed");
    const component = { $metadata: {}, serial: "x".repeat(4_097) };
    await refused(client.upsertDigitalTwin("r", room({ thermostat: component })), 400, "ValidationFailed");
    await refused(client.updateDigitalTwin("r", add("/name", "x".repeat(4_097))), 400, "ValidationFailed");
    await refused(
      client.updateComponent("r", "thermostat", add("/serial", "x".repeat(4_097))),
      400,
      "ValidationFailed",
    );
    await refused(client.updateDigitalTwin("r", add("/labels", { ["k".repeat(1_025)]: "" })), 400, "ValidationFailed");
  });

  it("of twins and payloads: 32 KB, also bit by bit", async () => {
    const { client, request } = await newHouse();
    await client.upsertDigitalTwin("r", room({ labels: {} }));
    const patchLabel = (index: number) => client.updateDigitalTwin("r", add(`/labels/k${index}`, "x".repeat(4_000)));
    for (let index = 0; index < 8; index++) {
      await patchLabel(index);
    }
    await refused(patchLabel(8), 400, "LimitExceeded");
    await client.updateDigitalTwin("r", [{ op: "remove", path: "/labels/k0" }]);
    await patchLabel(8);
    const labels = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, "x".repeat(4_000)]));
    await refused(client.upsertDigitalTwin("r", room({ labels })), 400, "LimitExceeded");
    const telemetry = { text: "x".repeat(33_000) };
    const { status } = await request("POST", "/digitaltwins/r/telemetry", telemetry, { "message-id": "1" });
    assert.equal(status, 400);
  });

  it("of models and event routes: 250 a call, 1 MB, 6 routes", async () => {
    const { client } = await newHouse();
    const model = (index: number) => ({ ...CAMERA, "@id": `dtmi:test:Many;${index}` });
    const many = Array.from({ length: 251 }, (_, index) => model(index + 1));
    await refused(client.createModels(many), 400, "LimitExceeded");
    await client.createModels(many.slice(1));
    await refused(client.createModels([{ ...model(999), comment: "x".repeat(1_048_576) }]), 400, "LimitExceeded");
    for (let index = 0; index < 5; index++) {
      await client.upsertEventRoute(`route-${index}`, "notifications", "false");
    }
    await refused(client.upsertEventRoute("route-6", "notifications", "false"), 400, "LimitExceeded");
    await client.upsertEventRoute("route-1", "notifications", "true");
    await refused(client.upsertEventRoute("a b", "notifications", "true"), 400, "EventRouteIdInvalid");
  });

  it("of ids: 128 characters", async () => {
    const { client } = await newHouse();
    const [long, longer] = ["x".repeat(128), "x".repeat(129)];
    await client.upsertDigitalTwin(long, space());
    await client.upsertDigitalTwin("s", space());
    const relationship = { $relationshipName: "contains", $targetId: long };
    await client.upsertRelationship("s", long, relationship);
    await refused(client.upsertRelationship("s", longer, relationship), 400, "InvalidArgument");
    await refused(client.getDigitalTwin(longer), 400, "InvalidArgument");
  });
});

describe("embedded twin service: what is hardly HTTP", () => {
  afterEach(closeDigitalTwins);

  it("is answered, not hung upon", async () => {
    const { port, client } = await newHouse();
    const say = async (words: string) => {
      const socket = connect(port, "127.0.0.1");
      socket.end(words);
      return await text(socket);
    };
    const version = "api-version=2022-05-31";
    assert.match(await say("nonsense\r\n\r\n"), /^HTTP\/1\.1 400 .*"code":"BadRequest"/s);
    assert.match(await say(`GET /\u0001 HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1\.1 400 /);
    assert.match(await say(`GET /models HTTP/1.1\r\nHost: x\r\nx: ${"y".repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(
      await say(`PUT /digitaltwins/x?${version} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`),
      /^HTTP\/1\.1 400 /,
    );
    // Cut off in the middle of its body: nobody is left to be answered, and nothing is written.
    await say(`PUT /digitaltwins/x?${version} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`);
    const chunked = `POST /query?${version} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
    const query = '{"query":"SELECT COUNT() FROM DIGITALTWINS"}';
    assert.match(
      await say(`${chunked}${query.length.toString(16)}\r\n${query}\r\n0\r\n\r\n`),
      /^HTTP\/1\.1 200 .*\{"COUNT":0\}/s,
    );
    await refused(client.getDigitalTwin("x"), 404, "DigitalTwinNotFound");
  });
});
