// Who asks is known before anything of a body is read: a stranger cannot make the server take megabytes in.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import type { SignIn } from "../../../src/auth/SignIn.ts";
import { refused } from "../../../src/auth/SignIn.ts";
import { apiRoutes } from "../../../src/http/apiRoutes.ts";
import { newRestServer, type RestServer } from "../http/newRestServer.ts";

const signIn: SignIn = {
  verify: async (token) => {
    if (token !== "good") {
      throw refused("no token");
    }
    return { subject: "ada", name: "Ada", role: "admin", roles: ["admin"], expiresAt: Number.POSITIVE_INFINITY };
  },
  offer: { kind: "token" },
  origins: () => [],
  close() {},
};

describe("REST: a body that its sender never ends", () => {
  let rest: RestServer;
  before(async () => {
    rest = await newRestServer({ signIn, demo: false });
  });
  after(() => rest.close());

  /** Says that a megabyte follows, and sends one byte of it. Gives the answer's status. */
  const begin = async (method: string, path: string, headers: Record<string, string>): Promise<number | undefined> => {
    const { hostname, port } = new URL(rest.origin);
    const given = { "content-type": "application/json", "content-length": "1048576", ...headers };
    const sent = request({ hostname, port, method, path: `/api/v1${path}`, headers: given });
    sent.on("error", () => undefined); // it is broken off below
    sent.write("[");
    try {
      const [response] = await once(sent, "response", { signal: AbortSignal.timeout(5000) });
      return response.statusCode;
    } finally {
      sent.destroy();
    }
  };

  it("is not waited for where the sender is a stranger: 401 on every route that takes one", async () => {
    const context = { services: rest.services, newId: () => "x", now: Date.now };
    const taking = apiRoutes(context, { version: "0", base: "" }).filter(({ body }) => body !== undefined);
    assert.ok(taking.length > 8);
    for (const { method, path } of taking) {
      for (const headers of [{}, { authorization: "Bearer bad" }]) {
        const status = await begin(
          method.toUpperCase(),
          path.replace(":rid", "r").replaceAll(/:\w+/g, "pump-01"),
          headers,
        );
        assert.equal(status, 401, `${method} ${path}`);
      }
    }
  });

  it("whose sender is known may have another type, which is told at once", async () => {
    const headers = { authorization: "Bearer good", "content-type": "text/plain" };
    assert.equal(await begin("POST", "/twins", headers), 415);
  });
});
