/** Sessions of clients that are not the SDK: what is open in one ends with it. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import rhea, { type Connection, type Session } from "rhea";
import type { EventHubsEndpoint } from "../../../emulator/eventhubs/index.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, HUB, newHubs, onClose } from "./support.ts";

const PARTITION = `${HUB}/ConsumerGroups/$Default/Partitions/0`;

/** A connection that may use the hub. */
async function connect({ connectionString }: EventHubsEndpoint): Promise<Connection> {
  const part = (name: string) => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? "";
  const { hostname: host, port } = new URL(part("Endpoint"));
  const connection = rhea.create_container().connect({ host, port: Number(port), reconnect: false });
  onClose(async () => {
    connection.close();
    await once(connection, "connection_close");
  });
  await once(connection, "connection_open");
  const resource = encodeURIComponent(`sb://${host}:${port}/${HUB}`);
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const signature = createHmac("sha256", part("SharedAccessKey")).update(`${resource}\n${expiry}`).digest("base64");
  const fields = { sr: resource, sig: encodeURIComponent(signature), se: expiry, skn: part("SharedAccessKeyName") };
  const token = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  const receiver = connection.open_receiver("$cbs");
  const sender = connection.open_sender("$cbs");
  await once(sender, "sendable");
  const type = "servicebus.windows.net:sastoken";
  sender.send({
    body: `SharedAccessSignature ${token.join("&")}`,
    reply_to: "cbs",
    application_properties: { operation: "put-token", type, name: `sb://${host}:${port}/${HUB}` },
  });
  const [{ message }] = await once(receiver, "message");
  assert.equal(message.application_properties["status-code"], 202);
  return connection;
}

function newSession(connection: Connection): Session {
  const session = connection.create_session();
  session.begin();
  return session;
}

describe("a session on the embedded event hub", () => {
  afterEach(closeAll);

  it("takes its readers along, so that others may read", async () => {
    const hubs = await newHubs();
    const connection = await connect(hubs);
    const session = newSession(connection);
    for (let reader = 0; reader < 5; reader++) {
      session.open_receiver({ source: { address: PARTITION } });
    }
    await eventually(() => assert.equal(hubs.readers().length, 5));
    session.close();
    await once(session, "session_close");
    await eventually(() => assert.deepEqual(hubs.readers(), []));
    const next = connection.open_receiver({ source: { address: PARTITION } });
    await once(next, "receiver_open");
    assert.equal(hubs.readers().length, 1);
  });

  it("takes its producers along, and others on the connection go on", async () => {
    const hubs = await newHubs();
    const connection = await connect(hubs);
    const kept = connection.open_sender(`${HUB}/Partitions/0`);
    const session = newSession(connection);
    const gone = session.open_sender(`${HUB}/Partitions/0`);
    await once(gone, "sendable");
    session.close();
    await once(session, "session_close");
    kept.send({ body: "still here" });
    await once(kept, "accepted");
  });
});
