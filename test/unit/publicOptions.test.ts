// Options of the public functions beside the plugins (those are in test/integration/rooms/options.test.ts): what is wrong or
// misspelt is refused by an error that names it, and never lets somebody in.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { signedIn } from "../../plugins/index.ts";
import { spaceRoom } from "../../rooms/index.ts";
import { createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { connect } from "../../src/connect.ts";
import { limitJoins } from "../../src/http/limitJoins.ts";
import { refuseForeign } from "../../src/http/refuseForeign.ts";
import { startTwins } from "../../src/runtime.ts";

const FRIEND = "https://a.example";

/** What a JavaScript game may write. */
const wrong: readonly (readonly [(options: never) => unknown, unknown, ...string[]])[] = [
  [foreign, { origins: "https://a.example.com" }, `refuseForeign: option 'origins' is "https://a.example.com"`],
  [foreign, { origins: `${FRIEND},https://b.example` }, "expected an array of origins"],
  [
    foreign,
    { origins: ["https://a.example/"] },
    `option 'origins.0' is "https://a.example/"`,
    "without a path or a slash",
  ],
  [foreign, { origins: ["https://a.example/app"] }, `option 'origins.0' is "https://a.example/app"`],
  [foreign, { origins: [FRIEND, "a.example"] }, `option 'origins.1' is "a.example"`, "such as https://plant.example"],
  [foreign, { origins: ["https://A.example"] }, `option 'origins.0' is "https://A.example"`],
  [foreign, { origins: [5] }, "option 'origins.0' is 5"],
  [foreign, { origins: ["*"] }, `option 'origins.0' is "*"`],
  [foreign, { origin: [FRIEND] }, "there is no option 'origin': expected some of hosts, origins"],
  [foreign, { hosts: "plant.example" }, `option 'hosts' is "plant.example"`, "an array of host names"],
  [foreign, { hosts: ["plant.example:2567"] }, `option 'hosts.0' is "plant.example:2567"`, "without a port"],
  [foreign, null, "refuseForeign: the argument is null"],
  [joins, { perAddres: 1 }, "limitJoins: there is no option 'perAddres': expected some of perAddress, trustedProxies"],
  [
    joins,
    { perAddress: Number.NaN },
    "option 'perAddress' is NaN: expected a whole number of requests a minute, 0 or more",
  ],
  [joins, { perAddress: -1 }, "option 'perAddress' is -1"],
  [joins, { perAddress: "2" }, `option 'perAddress' is "2"`],
  [joins, { perAddress: 1.5 }, "option 'perAddress' is 1.5"],
  [joins, { trustedProxies: -1 }, "option 'trustedProxies' is -1: expected a whole number of proxies, 0 or more"],
  [joins, { trustedProxies: true }, "option 'trustedProxies' is true"],
  [connect, process.env, "connect: the settings are not what loadConfig gives; write connect(loadConfig(process.env))"],
  [connect, undefined, "connect(loadConfig(process.env))"],
  [createApp, process.env, "createApp(loadConfig(process.env))"],
  [app, { webroot: "dist" }, "createApp: there is no option 'webroot': expected some of log, webRoot"],
  [app, { log: true }, "createApp: option 'log' is true"],
  [startTwins, { restrict: [] }, "startTwins: there is no option 'restrict'"],
  [startTwins, { restricted: [{ model: "dtmi:x:A;1", property: "cost", roles: ["boss"] }] }, "'restricted.0.roles.0'"],
  [spaceRoom, { services: {} }, "spaceRoom: option 'services' is an object: expected what connect gives"],
  [signIn, { services: { signIn: {} } }, "signedIn: option 'services' is an object: expected what connect gives"],
];

function foreign(options: never): void {
  refuseForeign(createServer(), options);
}
function joins(options: never): void {
  limitJoins(createServer(), options);
}
function app(options: never): Promise<unknown> {
  return createApp(loadConfig({}, { memory: true }), options);
}
function signIn(services: never): Promise<unknown> {
  return signedIn(services, undefined, { name: "Eve", role: "admin" });
}

describe("options of public functions", () => {
  for (const [call, options, ...sentences] of wrong) {
    it(`refused: ${sentences[0]}`, () =>
      assert.rejects(
        async () => call(options as never),
        ({ message }: Error) => {
          for (const sentence of sentences) {
            assert.ok(message.includes(sentence), `${sentence}\nis not in\n${message}`);
          }
          return true;
        },
      ));
  }

  it("refuseForeign lets in whose origin it was given, and who calls one of its hosts, as browsers write both", async () => {
    const http = createServer((_req, res) => void res.end("reached"));
    refuseForeign(http, { origins: [FRIEND, "http://localhost:5173"], hosts: ["Plant.Example"] });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    const status = async (headers: Record<string, string>) => {
      const [answer] = await once(request({ method: "POST", port, headers, agent: false }).end(), "response");
      return (answer as IncomingMessage).resume().statusCode;
    };
    const origins = [FRIEND, "http://localhost:5173", "https://a.example.com", "http://a.example", `${FRIEND}:8443`];
    try {
      const asked = [...origins.map((origin) => status({ origin })), status({ host: `plant.example:${port}` })];
      assert.deepEqual(await Promise.all(asked), [200, 200, 403, 403, 403, 200]);
    } finally {
      http.close();
      http.closeAllConnections();
    }
  });
});
