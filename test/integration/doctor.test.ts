// `doctor` against the embedded cloud: every failure that it names, each made.
import assert from "node:assert/strict";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulator/index.ts";
import { eventually } from "../support/eventually.ts";
import { examined, finds, settingsOf } from "../support/examine.ts";
import { loopbackDigitalTwinsClient } from "../support/loopbackDigitalTwinsClient.ts";
import { newApp } from "../support/newApp.ts";
import { plantInAzure } from "../support/plantInAzure.ts";

describe("doctor", function () {
  this.timeout(40_000);
  let cloud: Emulator | undefined;
  afterEach(async () => {
    await cloud?.close();
    cloud = undefined;
  });

  const start = async (options: EmulatorOptions = {}) => {
    cloud = await startEmulator(options);
    return cloud;
  };
  it("all is well: exit code 0, and what is delivered arrives", async () => {
    const running = await start();
    await plantInAzure(loopbackDigitalTwinsClient(running.adtUrl));
    const { code, text } = await examined(settingsOf(running), ["--deliver", "p1"]);
    assert.equal(code, 0, text);
    assert.match(text, /ok +delivery: .* has arrived/);
    assert.doesNotMatch(text, /FAIL|warn/);
  });

  it("without Azure there is nothing to check; settings that cannot be used are told, with exit code 2", async () => {
    assert.equal((await examined({})).code, 0);
    const { code, text } = await examined({ PORT: "x" });
    assert.equal(code, 2);
    assert.match(text, /PORT=x: expected a port number/);
  });

  it("--help tells what there is, and a wrong option too, with exit code 2", async () => {
    for (const [args, expected] of [
      [["--help"], 0],
      [["--bogus"], 2],
    ] as const) {
      const { code, text } = await examined({}, [...args]);
      assert.equal(code, expected);
      assert.match(text, /usage: colyseus-digital-twins doctor/);
    }
  });

  it("the twin service cannot be reached", async () => {
    const env = settingsOf(await start());
    await finds({ ...env, AZURE_DIGITALTWINS_URL: "http://127.0.0.1:1" }, /twin service: .*cannot be reached/);
  });

  it("the token is not accepted", async () => {
    const key = "a secret of the embedded cloud, long enough";
    await finds(settingsOf(await start({ requireToken: { key } })), /token and rights: .*does not accept the token/);
  });

  it("the service is ill", async () => {
    const running = await start({ faults: { errors: { rate: 1, status: 503 } } });
    await finds(settingsOf(running), /token and rights: the service answers 503/);
  });

  it("the clocks differ", async () => {
    await finds(settingsOf(await start()), /clock: this machine is \d+ s ahead/, { now: () => Date.now() + 120_000 });
  });

  it("there is no event route", async () => {
    const running = await start();
    await deleteRoutes(running);
    await finds(settingsOf(running), /event route: there is none/);
  });

  it("the route does not let updates pass", async () => {
    const running = await start();
    const [route] = await deleteRoutes(running);
    const client = loopbackDigitalTwinsClient(running.adtUrl);
    await client.upsertEventRoute("narrow", route?.endpointName ?? "", "type = 'Microsoft.DigitalTwins.Twin.Create'");
    await finds(settingsOf(running), /event route: no route lets Twin.Update, /);
  });

  it("the route delivers nothing to this hub", async () => {
    const running = await start();
    await plantInAzure(loopbackDigitalTwinsClient(running.adtUrl));
    const env = settingsOf(running);
    await finds(
      { ...env, AZURE_EVENTHUBS_NOTIFICATIONS: env["AZURE_EVENTHUBS_TELEMETRY"] ?? "" },
      /delivery: .*did not arrive/,
      { args: ["--deliver", "p1"] },
    );
  });

  it("the consumer group is missing", async () => {
    const { AZURE_EVENTHUBS_TELEMETRY: _, ...env } = settingsOf(await start());
    await finds({ ...env, AZURE_EVENTHUBS_CONSUMER_GROUP: "nobodys" }, /no consumer group nobodys/);
  });

  it("a server that reads in the same group is a warning, and keeps its partitions", async () => {
    const env = settingsOf(await start());
    const app = await newApp(env);
    const partitions = () => app.services.ingestMetrics().partitions.length;
    await eventually(() => assert.equal(partitions(), 8), { timeoutMs: 15_000 });
    const { code, text } = await examined(env);
    assert.equal(code, 0, text);
    assert.match(text, /warn .*is being read in the group/);
    assert.equal(partitions(), 8);
    await app.close();
  });

  it("the hub is missing, its key is wrong, or nothing listens there", async () => {
    const running = await start();
    const env = settingsOf(running);
    const telemetry = env["AZURE_EVENTHUBS_TELEMETRY"] ?? "";
    const wrong: [string, RegExp][] = [
      [telemetry.replace(/EntityPath=.*/, "EntityPath=nowhere"), /There is no event hub nowhere/],
      [telemetry.replace(/SharedAccessKey=[^;]+/, "SharedAccessKey=d3Jvbmc="), /does not let this server in/],
      [telemetry.replace(/(sb:\/\/[^:;/]+):\d+/, "$1:1"), /event hub for telemetry: /],
    ];
    for (const [value, found] of wrong) {
      await finds({ ...env, AZURE_EVENTHUBS_TELEMETRY: value }, found);
    }
  });
});

async function deleteRoutes({ adtUrl }: Emulator) {
  const client = loopbackDigitalTwinsClient(adtUrl);
  const routes = await Array.fromAsync(client.listEventRoutes());
  for (const { id = "" } of routes) {
    await client.deleteEventRoute(id);
  }
  return routes;
}
