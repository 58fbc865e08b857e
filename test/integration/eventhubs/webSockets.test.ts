/** AMQP over WebSockets: EventHubSource through the SDK's own, straight and through an HTTP proxy, over TLS as Azure has it. */
import assert from "node:assert/strict";
import type { EventHubsEndpoint } from "../../../emulator/eventhubs/index.ts";
import { EventHubSource, type EventHubSourceOptions } from "../../../src/providers/azure/EventHubSource.ts";
import { Store } from "../../../src/store/Store.ts";
import type { TelemetryData } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { silentLog } from "../../support/silentLog.ts";
import { ConnectProxy } from "./ConnectProxy.ts";
import { type Certificate, certificateOrSkip, trust } from "./certificate.ts";
import { closeAll, HUB, newHubs, onClose } from "./support.ts";

describe("AMQP over WebSockets", () => {
  let certificate: Certificate | undefined;

  before(async function () {
    certificate = await certificateOrSkip(this);
  });

  afterEach(closeAll);

  async function newDoor(): Promise<EventHubsEndpoint & { webSocketPort: number }> {
    assert.ok(certificate);
    trust(certificate);
    const hubs = await newHubs({ host: "localhost", tls: certificate, webSocketPort: 0 });
    const { webSocketPort } = hubs;
    assert.ok(webSocketPort !== undefined);
    return { ...hubs, webSocketPort };
  }

  async function newSource(
    { connectionString, port, webSocketPort }: EventHubsEndpoint,
    webSockets: NonNullable<EventHubSourceOptions["webSockets"]>,
  ) {
    const store = Store.open();
    const source = new EventHubSource({
      connectionString: connectionString.replace(`:${port}`, `:${webSocketPort}`),
      eventHubName: HUB,
      checkpointStore: store.checkpoints,
      log: silentLog,
      webSockets,
    });
    onClose(async () => {
      await source.close();
      store.close();
    });
    const numbers: unknown[] = [];
    await source.start(async ({ events, last }, done) => {
      numbers.push(...events.map(({ data }) => (data as TelemetryData).values["n"]));
      done(last);
    });
    return { source, numbers };
  }

  const send = (hubs: EventHubsEndpoint, n: number) =>
    hubs.append(HUB, [
      {
        body: Buffer.from(JSON.stringify({ n })),
        annotations: { "iothub-connection-device-id": "a" },
        partitionKey: "a",
      },
    ]);

  it("carries events, tells when the link is cut, and carries them again", async () => {
    const hubs = await newDoor();
    const { source, numbers } = await newSource(hubs, {});
    await send(hubs, 1);
    await eventually(() => assert.deepEqual(numbers, [1]));
    hubs.refuse(true);
    assert.ok(hubs.faults.cut() > 0);
    await eventually(() => assert.equal(source.health().connected, false), { timeoutMs: 6000 });
    hubs.refuse(false);
    await send(hubs, 2);
    await eventually(() => assert.deepEqual([...new Set(numbers)], [1, 2]), { timeoutMs: 8000 });
  }).timeout(20_000);

  it("goes through a proxy that asks for a name and a password, and nowhere else", async () => {
    const hubs = await newDoor();
    const proxy = await ConnectProxy.start();
    const { numbers } = await newSource(hubs, { proxy: `http://me:secret@${proxy.address}` });
    await send(hubs, 1);
    await eventually(() => assert.deepEqual(numbers, [1]));
    const by = `Basic ${Buffer.from("me:secret").toString("base64")}`;
    assert.deepEqual(
      new Set(proxy.tunnels.map((t) => `${t.to} ${t.by}`)),
      new Set([`localhost:${hubs.webSocketPort} ${by}`]),
    );
  });

  it("says why nothing comes when the proxy is not there", async () => {
    const hubs = await newDoor();
    const { source } = await newSource(hubs, { proxy: "http://127.0.0.1:9" });
    await eventually(() => assert.match(source.health().reason ?? "", /ECONNREFUSED|connect/i));
    assert.equal(source.health().connected, false);
  });

  it("is at Azure's path only", async () => {
    const hubs = await newDoor();
    const answer = await fetch(`https://localhost:${hubs.webSocketPort}/$servicebus/websocket`);
    assert.equal(answer.status, 426);
  });
});
