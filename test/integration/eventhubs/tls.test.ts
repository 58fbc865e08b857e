/** TLS and tokens: how a client meets the endpoint as it meets Azure, without a development switch. */
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, createSecretKey, sign } from "node:crypto";
import { connect } from "node:tls";
import { EventHubConsumerClient, EventHubProducerClient } from "@azure/event-hubs";
import type { EventHubsEndpoint } from "../../../emulator/eventhubs/index.ts";
import { eventually } from "../../support/eventually.ts";
import { type Certificate, certificateOrSkip, newCertificate, trust } from "./certificate.ts";
import { closeAll, collect, HUB, newConsumer, newHubs, newProducer, numbered, numbers, onClose } from "./support.ts";

function jwt(key: string, claims: object): string {
  const text = [{ alg: "RS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${sign("sha256", Buffer.from(text), createPrivateKey(key)).toString("base64url")}`;
}

const AUD = "https://eventhubs.azure.net";
const inSeconds = (n: number) => Math.floor(Date.now() / 1000) + n;

/** A client that brings Entra tokens. */
function newTokenClient(hubs: EventHubsEndpoint, token: string): EventHubProducerClient {
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const producer = new EventHubProducerClient("localhost", HUB, credential, {
    customEndpointAddress: `sb://localhost:${hubs.port}`,
    retryOptions: { maxRetries: 0, timeoutInMs: 4000 },
  });
  onClose(() => producer.close());
  return producer;
}

describe("TLS of the embedded event hub", () => {
  let certificate: Certificate | undefined;

  before(async function () {
    certificate = await certificateOrSkip(this);
  });

  afterEach(closeAll);

  async function newTlsHubs(options: Parameters<typeof newHubs>[0] = {}): Promise<EventHubsEndpoint> {
    assert.ok(certificate);
    trust(certificate);
    return newHubs({ host: "localhost", tls: certificate, ...options });
  }

  it("serves the SDK, cuts it and serves it again", async () => {
    const hubs = await newTlsHubs();
    assert.doesNotMatch(hubs.connectionString, /UseDevelopmentEmulator/);
    await newProducer(hubs).sendBatch(numbered(300), { partitionId: "0" });
    const got = collect(newConsumer(hubs, { retryOptions: { maxRetries: 10, retryDelayInMs: 50 } }), "0");
    await eventually(() => assert.equal(got.events.length, 300));
    assert.ok(hubs.faults.cut() >= 2);
    await newProducer(hubs).sendBatch(numbered(1, 300), { partitionId: "0" });
    await eventually(() => assert.equal(numbers(got.events).at(-1), 300));
  });

  it("outlives who speaks no TLS, or nothing, and closes with them on the line", async () => {
    const hubs = await newTlsHubs();
    const plain = `${hubs.connectionString};UseDevelopmentEmulator=true`;
    const client = new EventHubConsumerClient("$Default", plain, HUB, {
      retryOptions: { maxRetries: 0, timeoutInMs: 500 },
    });
    onClose(() => client.close());
    await assert.rejects(client.getEventHubProperties());
    const silent = connect({ host: "localhost", port: hubs.port });
    onClose(async () => silent.destroy());
    silent.on("error", () => {});
    await newProducer(hubs).sendBatch(numbered(1));
  });

  it("takes any Entra token when it has no key for them", async () => {
    const hubs = await newTlsHubs();
    await newTokenClient(hubs, "whatever").sendBatch(numbered(1));
  });

  it("checks Entra tokens with the key it was given", async () => {
    assert.ok(certificate);
    const { key, cert } = certificate;
    const hubs = await newTlsHubs({ tokenKey: createPublicKey(cert) });
    const good = { aud: AUD, exp: inSeconds(60), nbf: inSeconds(-60) };
    await newTokenClient(hubs, jwt(key, good)).sendBatch(numbered(1));
    await newTokenClient(hubs, jwt(key, { ...good, aud: `${AUD}/` })).sendBatch(numbered(1));
    const [head = "", body = ""] = jwt(key, good).split(".");
    const other = await newCertificate();
    for (const [why, token] of Object.entries({
      expired: jwt(key, { ...good, exp: inSeconds(-1) }),
      early: jwt(key, { ...good, nbf: inSeconds(600) }),
      foreign: jwt(key, { ...good, aud: "https://storage.azure.com" }),
      endless: jwt(key, { aud: AUD }),
      unsigned: `${head}.${body}.`,
      forged: jwt(other?.key ?? "", good),
      none: "whatever",
    })) {
      await assert.rejects(newTokenClient(hubs, token).sendBatch(numbered(1)), { code: "UnauthorizedError" }, why);
    }
  });

  it("does not take a public key for a secret", async () => {
    assert.ok(certificate);
    const hubs = await newTlsHubs({ tokenKey: createSecretKey(Buffer.from("a secret")) });
    const token = jwt(certificate.key, { aud: AUD, exp: inSeconds(60) });
    await assert.rejects(newTokenClient(hubs, token).sendBatch(numbered(1)), { code: "UnauthorizedError" });
  });
});
