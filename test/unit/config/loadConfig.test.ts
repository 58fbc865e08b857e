import assert from "node:assert/strict";
import { resolve } from "node:path";
import { ConfigError, loadConfig } from "../../../src/config.ts";

const AZURE = { AZURE_DIGITALTWINS_URL: "https://twins.api.weu.digitaltwins.azure.net/" };
const CONNECTION =
  "Endpoint=sb://h.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0;EntityPath=hub";

function problems(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  throw new Error("the configuration was accepted");
}

describe("loadConfig", () => {
  it("without anything: the demo, on this machine only, that brings its devices' values to its service", () => {
    const config = loadConfig({});
    const { port, host, azure, writeThrough, dataDir } = config;
    assert.deepEqual(
      [port, host, azure, writeThrough, dataDir],
      [2567, "127.0.0.1", undefined, true, resolve(".data")],
    );
    assert.ok(Object.isFrozen(config));
  });

  it("empty strings count as not set", () => {
    assert.equal(loadConfig({ PORT: "", HOST: "", AZURE_DIGITALTWINS_URL: "" }).port, 2567);
  });

  it("Azure: hubs by connection string or by host; write-through off unless it is asked for", () => {
    const config = loadConfig({
      ...AZURE,
      AZURE_EVENTHUBS_NOTIFICATIONS: CONNECTION,
      AZURE_EVENTHUBS_TELEMETRY: `ns.servicebus.windows.net/telemetry, ${CONNECTION}`,
    });
    assert.deepEqual(config.azure, {
      digitalTwinsUrl: "https://twins.api.weu.digitaltwins.azure.net",
      consumerGroup: "$Default",
      notifications: { connectionString: CONNECTION, eventHubName: "hub" },
      telemetry: [
        { fullyQualifiedNamespace: "ns.servicebus.windows.net", eventHubName: "telemetry" },
        { connectionString: CONNECTION, eventHubName: "hub" },
      ],
    });
    assert.equal(config.writeThrough, false);
    assert.equal(loadConfig({ ...AZURE, WRITE_THROUGH: "on" }).writeThrough, true);
  });

  it("lists: separated by commas", () => {
    assert.deepEqual(loadConfig({ SPACE_CONTAINS: "holds, has " }).contains, ["holds", "has"]);
  });

  it("in memory nothing outlives the process", () => {
    assert.equal(loadConfig({}, { memory: true }).dataDir, undefined);
  });

  it("tells every bad key at once, each with what was expected", () => {
    const found = problems({ PORT: "abc", HOST: "0.0.0.0", LOG_LEVEL: "loud", WRITE_THROUGH: "maybe" });
    assert.deepEqual(found.map((p) => p.split("=")[0]).sort(), ["HOST", "LOG_LEVEL", "PORT", "WRITE_THROUGH"]);
    assert.match(found.find((p) => p.startsWith("HOST")) ?? "", /Until sign-in is configured/);
  });

  it("stays on this machine while nobody signs in", () => {
    for (const host of ["127.0.0.1", "localhost", "::1"]) {
      assert.equal(loadConfig({ HOST: host }).host, host);
    }
    assert.equal(problems({ HOST: "::" }).length, 1);
  });

  it("hubs without Azure Digital Twins are a mistake, and so is http to another machine", () => {
    assert.match(problems({ AZURE_EVENTHUBS_TELEMETRY: CONNECTION })[0] ?? "", /^AZURE_DIGITALTWINS_URL: not set/);
    assert.match(problems({ AZURE_DIGITALTWINS_URL: "http://example.com" })[0] ?? "", /use https/);
    assert.ok(loadConfig({ AZURE_DIGITALTWINS_URL: "http://127.0.0.1:8080" }).azure);
    assert.ok(loadConfig({ AZURE_DIGITALTWINS_URL: "http://[::1]:8080" }).azure);
  });

  it("says what is wrong with a hub, and never its key", () => {
    const noPath = CONNECTION.replace(";EntityPath=hub", "");
    const [missing = ""] = problems({ ...AZURE, AZURE_EVENTHUBS_NOTIFICATIONS: noPath });
    assert.match(missing, /has no EntityPath/);
    const [nonsense = ""] = problems({ ...AZURE, AZURE_EVENTHUBS_TELEMETRY: `${noPath},what` });
    assert.doesNotMatch(missing + nonsense, /c2VjcmV0/);
  });

  it("of a list says which entry is wrong and why, a line each", () => {
    const good = "dtmi:x:Pump;1/speed=operator|admin";
    const [restricted] = loadConfig({ RESTRICTED_PROPERTIES: ` ${good} ,` }).restricted;
    assert.deepEqual(restricted, { model: "dtmi:x:Pump;1", property: "speed", roles: ["operator", "admin"] });
    const wrong = [
      ["dtmi:x:Pump;1/cost=king|admin", /'king' is no role; the roles are player, builder, operator, admin$/],
      ["dtmi:x:Pump;1/cost=", /'' is no role; the roles are/],
      ["dtmi:x:Pump;1=admin", /expected <model>\/<property>=<role>\|<role>/],
      ["Pump/cost=admin", /'Pump' is no model id/],
      ["dtmi:x:Pump;1/motor/cost=admin", /'motor\/cost' is no name .* name the Component's model/],
    ] as const;
    const found = problems({ RESTRICTED_PROPERTIES: [good, ...wrong.map(([entry]) => entry)].join(", ") });
    assert.equal(found.length, wrong.length);
    for (const [i, [entry, why]] of wrong.entries()) {
      assert.ok(found[i]?.startsWith(`RESTRICTED_PROPERTIES, entry ${i + 2} (${entry}): `), found[i]);
      assert.match(found[i] ?? "", why);
    }
    assert.match(
      problems({ ALLOWED_HOSTS: "a.example,b:80" })[0] ?? "",
      /^ALLOWED_HOSTS, entry 2 \(b:80\): expected host/,
    );
  });
});
