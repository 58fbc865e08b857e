/** What arrives at a hub, decoded: notifications of Azure Digital Twins, device messages, and what is neither. */
import assert from "node:assert/strict";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { decode, type RawEvent } from "../../../src/providers/azure/decode.ts";
import type { TwinEvent } from "../../../src/twins/types.ts";

const position = { partition: "1", sequence: 42, generation: "g" };

function raw(body: unknown, rest: Partial<RawEvent> = {}): RawEvent {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return {
    body: bytes,
    properties: {},
    systemProperties: {},
    source: "ns/hub",
    position,
    enqueuedAt: 2000,
    receivedAt: 3000,
    ...rest,
  };
}

/** An event of Azure Digital Twins. */
function notification(type: string, body: unknown, more: Record<string, unknown> = {}): RawEvent {
  const properties = {
    "cloudEvents:id": "e1",
    "cloudEvents:source": "demo.api.weu.digitaltwins.azure.net",
    "cloudEvents:specversion": "1.0",
    "cloudEvents:type": type,
    "cloudEvents:time": "1970-01-01T00:00:01.5000000Z",
    "cloudEvents:subject": "pump-1",
    "cloudEvents:traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ...more,
  };
  return raw(body, { properties });
}

function device(
  body: unknown,
  system: Record<string, unknown> = {},
  properties: Record<string, unknown> = {},
): RawEvent {
  const systemProperties = { "iothub-connection-device-id": "pump-1", "iothub-message-source": "Telemetry", ...system };
  return raw(body, { systemProperties, properties });
}

function event(of: RawEvent): TwinEvent {
  const decoded = decode(of);
  assert.ok(decoded !== undefined && "data" in decoded, JSON.stringify(decoded));
  return decoded;
}

function reason(of: RawEvent): string {
  const decoded = decode(of);
  assert.ok(decoded !== undefined && "reason" in decoded, JSON.stringify(decoded));
  return decoded.reason;
}

const twin = {
  $dtId: "pump-1",
  $etag: 'W/"1"',
  flow: 3,
  label: "north",
  motor: { current: 7, $metadata: { current: { lastUpdateTime: "1970-01-01T00:00:04.0000000Z" } } },
  address: { street: "no component" },
  $metadata: {
    $model: "dtmi:plant:Pump;1",
    $lastUpdateTime: "1970-01-01T00:00:09.0000000Z",
    flow: { sourceTime: "1970-01-01T00:00:05.0000000Z", lastUpdateTime: "1970-01-01T00:00:06.0000000Z" },
    label: { lastUpdateTime: "1970-01-01T00:00:07.0000000Z" },
  },
};

const relationship = {
  $relationshipId: "r1",
  $sourceId: "pump-1",
  $targetId: "tank-1",
  $relationshipName: "feeds",
  $etag: 'W/"2"',
  length: 4,
};

describe("decode, notifications about twins", () => {
  it("takes a created twin apart into model, properties and times", () => {
    const { type, subject, time, data, traceparent, id } = event(
      notification("Microsoft.DigitalTwins.Twin.Create", twin),
    );
    assert.deepEqual([type, subject, time, id], ["twin.created", "pump-1", 1500, "e1"]);
    assert.equal(traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert.deepEqual(data, {
      modelId: "dtmi:plant:Pump;1",
      etag: 'W/"1"',
      properties: { flow: 3, label: "north", motor: { current: 7 }, address: { street: "no component" } },
      times: { "/flow": 5000, "/label": 7000, "/motor/current": 4000 },
    });
  });

  it("knows a deleted twin", () => {
    assert.equal(event(notification("Microsoft.DigitalTwins.Twin.Delete", twin)).type, "twin.deleted");
  });

  it("keeps an update's patch whole, source times included", () => {
    const patch = [
      { op: "replace", path: "/flow", value: 4 },
      { op: "add", path: "/$metadata/flow/sourceTime", value: "1970-01-01T00:00:01Z" },
      { op: "remove", path: "/label" },
    ];
    const { type, data } = event(
      notification("Microsoft.DigitalTwins.Twin.Update", { modelId: "dtmi:plant:Pump;1", patch }),
    );
    assert.equal(type, "twin.updated");
    assert.deepEqual(data, { modelId: "dtmi:plant:Pump;1", patch });
  });

  it("takes the enqueued time when there is none", () => {
    assert.equal(
      event(notification("Microsoft.DigitalTwins.Twin.Create", twin, { "cloudEvents:time": "soon" })).time,
      2000,
    );
  });
});

describe("decode, notifications about relationships and telemetry", () => {
  it("knows created and deleted relationships", () => {
    for (const what of ["Create", "Delete"]) {
      const { type, subject, data } = event(notification(`Microsoft.DigitalTwins.Relationship.${what}`, relationship));
      assert.deepEqual([type, subject], [`relationship.${what.toLowerCase()}d`, "pump-1/relationships/r1"]);
      assert.deepEqual(data, {
        id: "r1",
        sourceId: "pump-1",
        targetId: "tank-1",
        name: "feeds",
        etag: 'W/"2"',
        properties: { length: 4 },
      });
    }
  });

  it("knows updated relationships", () => {
    const patch = [{ op: "replace", path: "/length", value: 5 }];
    const update = notification(
      "Microsoft.DigitalTwins.Relationship.Update",
      { modelId: "m", patch },
      {
        "cloudEvents:subject": "pump-1/relationships/r1",
      },
    );
    const { type, subject, data } = event(update);
    assert.deepEqual(
      [type, subject, data],
      ["relationship.updated", "pump-1/relationships/r1", { modelId: "m", patch }],
    );
  });

  it("finds twin and component of DTDL telemetry", () => {
    const properties = {
      "cloudEvents:type": "microsoft.iot.telemetry",
      "cloudEvents:source": "demo.api.weu.digitaltwins.azure.net/digitaltwins/pump%201",
      "cloudEvents:dataschema": "dtmi:plant:Pump;1",
    };
    const own = event(raw({ vibration: 2 }, { properties, messageId: "m7" }));
    assert.deepEqual([own.subject, own.time, own.id, own.dataschema], ["pump 1", 2000, "m7", "dtmi:plant:Pump;1"]);
    assert.deepEqual(own.data, { values: { vibration: 2 } });
    const motor = event(raw({ vibration: 2 }, { properties: { ...properties, "cloudEvents:subject": "motor" } }));
    assert.deepEqual([motor.subject, motor.data], ["pump 1", { component: "motor", values: { vibration: 2 } }]);
  });

  it("ignores what is not about twins", () => {
    assert.equal(decode(notification("Microsoft.Something.Else", {})), undefined);
  });
});

describe("decode, device messages", () => {
  it("takes device, component and creation time", () => {
    const message = device(
      { flow: 3 },
      { "dt-subject": "motor", "dt-dataschema": "dtmi:plant:Pump;1" },
      {
        "iothub-creation-time-utc": "1970-01-01T00:00:01.250Z",
      },
    );
    const { type, subject, time, data, dataschema, enqueuedAt, receivedAt } = event(message);
    assert.deepEqual([type, subject, time, enqueuedAt, receivedAt], ["telemetry.received", "pump-1", 1250, 2000, 3000]);
    assert.deepEqual([data, dataschema], [{ component: "motor", values: { flow: 3 } }, "dtmi:plant:Pump;1"]);
  });

  it("falls back to IoT Hub's time, then the hub's", () => {
    assert.equal(event(device({}, { "iothub-enqueuedtime": 1777 })).time, 1777);
    assert.equal(event(device({}, {}, { "iothub-creation-time-utc": "yesterday" })).time, 2000);
  });

  it("tells of connected and disconnected devices, and ignores other sources", () => {
    const state = (opType: string) =>
      device(
        { sequenceNumber: "1" },
        { "iothub-message-source": "deviceConnectionStateEvents" },
        {
          opType,
          deviceId: "pump-1",
          operationTimestamp: "1970-01-01T00:00:01Z",
        },
      );
    const { type, subject, time } = event(state("deviceDisconnected"));
    assert.deepEqual([type, subject, time], ["device.disconnected", "pump-1", 1000]);
    assert.equal(event(state("deviceConnected")).type, "device.connected");
    for (const source of ["deviceLifecycleEvents", "digitalTwinChangeEvents"]) {
      assert.equal(decode(device("not even JSON", { "iothub-message-source": source })), undefined);
    }
  });

  it("takes what a device reports of itself as its word, unwrapped; what was asked of it says nothing", () => {
    const change = (properties: object) =>
      device({ version: 2, properties }, { "iothub-message-source": "twinChangeEvents", "iothub-enqueuedtime": 1777 });
    const reported = {
      setpoint: { value: 7, ac: 200, av: 3 },
      limits: { low: 1 },
      motor: { __t: "c", limit: 2 },
      $metadata: { $lastUpdated: "x" },
      $version: 4,
    };
    const { type, subject, time, data } = event(change({ reported }));
    assert.deepEqual([type, subject, time], ["telemetry.received", "pump-1", 1777]);
    assert.deepEqual(data, { values: { setpoint: 7, limits: { low: 1 }, motor: { limit: 2 } }, merge: true });
    assert.equal(decode(change({ desired: { setpoint: 7 } })), undefined);
  });

  it("takes the time of what a device reports from the hub's metadata, value by value", () => {
    const at = (seconds: number, more: object = {}) => ({
      $lastUpdated: `1970-01-01T00:00:0${seconds}.1234567Z`,
      ...more,
    });
    const reported = {
      setpoint: { value: 7, ac: 200, av: 3 },
      old: 1,
      never: 2,
      motor: { __t: "c", limit: 2, speed: 3 },
      $metadata: at(5, {
        setpoint: at(5, { value: at(5), ac: at(5) }),
        old: at(1),
        never: { $lastUpdated: "0001-01-01T00:00:00Z" },
        motor: at(5, { limit: at(2), speed: at(5) }),
      }),
    };
    const { time, data } = event(
      device(
        { properties: { reported } },
        { "iothub-message-source": "twinChangeEvents", "iothub-enqueuedtime": 9000 },
        { opType: "replaceTwin" },
      ),
    );
    assert.equal(time, 5123);
    assert.deepEqual(data, {
      values: { setpoint: 7, old: 1, never: 2, motor: { limit: 2, speed: 3 } },
      times: { "/old": 1123, "/motor/limit": 2123 },
    }); // without merge: the whole was replaced
  });
});

describe("decode, what it cannot take", () => {
  it("unpacks gzip and deflate, with zlib's header or without; utf-8 is no packing", () => {
    const body = Buffer.from(JSON.stringify({ temperature: 5 }));
    for (const [contentEncoding, packed] of [
      ["gzip", gzipSync(body)],
      ["GZIP", gzipSync(body)],
      ["deflate", deflateSync(body)],
      ["deflate", deflateRawSync(body)],
      ["utf-8", body],
    ] as const) {
      const { data, message } = event({ ...device("", { contentEncoding }), body: packed });
      assert.deepEqual(data, { values: { temperature: 5 } }, contentEncoding);
      assert.equal(message?.body, packed);
    }
  });

  it("reads past a byte order mark", () => {
    const json = '{"温度":5}';
    const little = Buffer.from(`\ufeff${json}`, "utf16le");
    for (const body of [Buffer.from(`\ufeff${json}`), little, Buffer.from(little).swap16()]) {
      assert.deepEqual(event({ ...device(""), body }).data, { values: { 温度: 5 } });
    }
    assert.match(reason({ ...device(""), body: Buffer.from("\ufeff") }), /not JSON/);
  });

  it("refuses what cannot be unpacked, and what swells beyond measure", () => {
    const packed = (contentEncoding: string, body: Buffer) => reason({ ...device("", { contentEncoding }), body });
    assert.match(packed("gzip", Buffer.from("{}")), /cannot be unpacked as gzip/);
    assert.match(packed("gzip", gzipSync(Buffer.alloc(17 * 1024 * 1024))), /cannot be unpacked as gzip/);
  });

  it("takes JSON of any other producer as a message of nobody yet: rules find its twin", () => {
    const { type, subject, data } = event(raw({ temperature: 5 }));
    assert.deepEqual([type, subject, data], ["telemetry.received", "", { values: { temperature: 5 } }]);
  });

  for (const [what, body] of [
    ["text", "hello"],
    ["nothing", ""],
    ["a number", "7"],
    ["an array", "[1]"],
    ["null", "null"],
    ["broken JSON", '{"a":'],
  ] as const) {
    it(`gives a reason for ${what}`, () => assert.match(reason(device(body)), /body/));
  }

  it("gives a reason for a message without a sender, an update without a patch, a twin without a model", () => {
    assert.match(reason(raw("a")), /not JSON/);
    assert.match(reason(notification("Microsoft.DigitalTwins.Twin.Update", {})), /no patch/);
    assert.match(reason(notification("Microsoft.DigitalTwins.Twin.Update", { patch: [{ op: "move" }] })), /op/);
    assert.match(reason(notification("Microsoft.DigitalTwins.Twin.Create", { $dtId: "a" })), /model/);
    assert.match(reason(notification("Microsoft.DigitalTwins.Relationship.Create", {})), /relationship/);
  });

  it("keeps a field called __proto__ a field", () => {
    const body = `{"$dtId":"a","__proto__":{"x":1},"$metadata":{"$model":"dtmi:a;1"}}`;
    const { data } = event(notification("Microsoft.DigitalTwins.Twin.Create", body));
    assert.equal(Object.getPrototypeOf((data as { properties: object }).properties), Object.prototype);
  });
});
