import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../../../src/config.ts";

const AZURE = { AZURE_DIGITALTWINS_URL: "https://twins.api.weu.digitaltwins.azure.net" };
const settings = (env: Record<string, string>) => loadConfig({ ...AZURE, ...env }).azure;
const problem = (env: Record<string, string>) => {
  try {
    settings(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.join("\n");
  }
  throw new Error("the configuration was accepted");
};

describe("loadConfig: the way to the hubs", () => {
  it("AMQP unless WebSockets are asked for, and WebSockets where there is a proxy", () => {
    assert.equal(settings({})?.webSockets, undefined);
    assert.equal(settings({ AZURE_EVENTHUBS_TRANSPORT: "amqp" })?.webSockets, undefined);
    assert.deepEqual(settings({ AZURE_EVENTHUBS_TRANSPORT: "websockets" })?.webSockets, {});
    const proxy = "http://me:secret@proxy.example:3128";
    assert.deepEqual(settings({ AZURE_EVENTHUBS_PROXY: proxy })?.webSockets, { proxy });
  });

  it("says what does not go together, and what is no proxy, without its password", () => {
    const proxy = "http://me:secret@proxy.example:3128";
    assert.match(problem({ AZURE_EVENTHUBS_TRANSPORT: "amqp", AZURE_EVENTHUBS_PROXY: proxy }), /PROXY: .*websockets/);
    assert.match(problem({ AZURE_EVENTHUBS_TRANSPORT: "udp" }), /expected amqp .* or websockets/);
    const wrong = problem({ AZURE_EVENTHUBS_PROXY: "socks5://me:secret@proxy.example" });
    assert.match(wrong, /me:…@proxy.example: expected the URL of an HTTP proxy/);
    assert.doesNotMatch(wrong, /secret/);
  });
});

describe("loadConfig: AZURE_CHECKPOINT_CONTAINER", () => {
  const read = (text: string) => settings({ AZURE_CHECKPOINT_CONTAINER: text })?.checkpoints;

  it("a container's URL, with or without a SAS", () => {
    for (const url of [
      "https://plant.blob.core.windows.net/checkpoints",
      "https://plant.blob.core.windows.net/checkpoints?sv=2024&sig=abc",
      "http://127.0.0.1:10000/devstoreaccount1/checkpoints",
    ]) {
      assert.deepEqual(read(url), { url });
    }
  });

  it("a connection string, with the container's name beside it", () => {
    const connectionString = "DefaultEndpointsProtocol=https;AccountName=plant;AccountKey=c2VjcmV0";
    assert.deepEqual(read(`${connectionString};Container=checkpoints`), { connectionString, container: "checkpoints" });
  });

  it("says what is missing, without keys", () => {
    const of = (text: string) => problem({ AZURE_CHECKPOINT_CONTAINER: text });
    assert.match(of("AccountName=plant;AccountKey=c2VjcmV0"), /AccountKey=…: .*add ;Container=/);
    assert.match(of("https://plant.blob.core.windows.net/"), /expected https/);
    assert.match(of("http://plant.blob.core.windows.net/checkpoints"), /use https/);
    assert.match(of("checkpoints"), /expected https/);
    assert.doesNotMatch(of("ftp://plant/checkpoints?sig=secret"), /secret/);
  });
});
