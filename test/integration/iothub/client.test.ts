// IotHubClient over real sockets, and what answers there is no IoT Hub, or breaks off, or cannot be signed in to.
import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { IotHubClient } from "../../../src/providers/azure/IotHubClient.ts";

describe("IotHubClient, when the hub is none", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function listen(handle: RequestListener): Promise<number> {
    const server = createServer(handle).listen(0, "127.0.0.1");
    servers.push(server);
    await new Promise((resolve) => server.once("listening", resolve));
    return (server.address() as AddressInfo).port;
  }
  const clientOf = (port: number) =>
    new IotHubClient({
      address: {
        connectionString: `HostName=127.0.0.1:${port};SharedAccessKeyName=service;SharedAccessKey=a2V5;UseDevelopmentEmulator=true`,
      },
    });

  it("says so, whatever it answers with: a page, half an answer, nothing", async () => {
    const answers: RequestListener[] = [
      (_request, response) => response.end("<html>proxy</html>"),
      (_request, response) => response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy()),
      (request) => request.socket.destroy(),
    ];
    for (const answer of answers) {
      const port = await listen(answer);
      await assert.rejects(clientOf(port).find("p1"), {
        code: "UNAVAILABLE",
        message: `The IoT Hub 127.0.0.1:${port} does not answer, or not as one.`,
      });
    }
  });

  it("takes its token to no other host", async () => {
    const tokens: unknown[] = [];
    const other = await listen((request, response) => {
      tokens.push(request.headers.authorization);
      response.end("{}");
    });
    const port = await listen((_request, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${other}/` }).end(),
    );
    await assert.rejects(clientOf(port).find("p1"), { code: "UNAVAILABLE" });
    assert.deepEqual(tokens, []);
  });

  it("a sign-in that fails is told as one", async () => {
    const credential = { getToken: () => Promise.reject(new Error("no managed identity here")) };
    const client = new IotHubClient({ address: { hostName: "plant.azure-devices.net", credential } });
    await assert.rejects(client.find("p1"), {
      code: "FORBIDDEN",
      message: /^This server could not sign in to the IoT Hub plant\.azure-devices\.net: give it a credential/,
    });
  });
});
