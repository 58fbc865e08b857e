// Requests of all roles and of strangers that make less and less sense, seeded: each is answered as the API answers, none is
// a 5xx, and nobody gets done what his role does not allow.
import assert from "node:assert/strict";
import { HttpLane } from "../../loadtest/adt/HttpLane.ts";
import type { Identity } from "../../src/auth/SignIn.ts";
import { refused } from "../../src/auth/SignIn.ts";
import { ERROR_CODES } from "../../src/errors.ts";
import { apiRoutes } from "../../src/http/apiRoutes.ts";
import type { Route } from "../../src/http/Route.ts";
import { ROLES, type Role } from "../../src/protocol/names.ts";
import { newRestServer, type RestServer } from "../integration/http/newRestServer.ts";
import { countWrites } from "./countWrites.ts";
import { Scraps } from "./fuzzScraps.ts";

const IDS = ["pump-01", "pump-02", "pump-03", "hall", "store", "fuzz-1", "fuzz-2", "main", "1", "start"];
const MODELS = ["dtmi:test:Pump;1", "dtmi:test:Asset;1", "dtmi:test:Booster;1", "dtmi:test:None;1"];
const TYPES = ["application/json", "application/json-patch+json", "text/plain", "application/json; charset=latin1", ""];
const twin = { $metadata: { $model: "dtmi:test:Pump;1" }, speed: 1, motor: { current: 2 } };
const feeds = { $targetId: "pump-03", $relationshipName: "feeds" };
const GOOD: Record<string, unknown> = {
  addModels: [{ "@context": "dtmi:dtdl:context;2", "@id": "dtmi:test:New;1", "@type": "Interface" }],
  createTwin: { ...twin, $dtId: "fuzz-1" },
  putTwin: twin,
  patchTwin: [{ op: "replace", path: "/speed", value: 5 }],
  runCommand: {},
  publishTelemetry: { vibration: 1 },
  createRelationship: feeds,
  putRelationship: feeds,
  patchRelationship: [{ op: "replace", path: "/diameter", value: 5 }],
  importLayout: { format: "colyseus-digital-twins/layout", version: 1, space: "hall", placements: [], visuals: {} },
  putVisual: { shape: "pump" },
  query: { query: "SELECT * FROM DIGITALTWINS", limit: 5 },
};
/** Who may, beside admins; a route that is not here and does not read is for admins only. */
const MAY: Record<string, readonly Role[]> = {
  createTwin: ["builder"],
  importLayout: ["builder"],
  putVisual: ["builder"],
  deleteVisual: ["builder"],
  patchTwin: ["operator"],
  runCommand: ["operator"],
};
const FOR_ADMINS = ["listAudit", "listDeadLetters"];
const STRANGERS = ["", "nobody", "x.y.z"];

const verify = async (token: string | undefined): Promise<Identity> => {
  const role = ROLES.find((known) => known === token);
  if (role === undefined) {
    throw refused("no token");
  }
  return { subject: role, name: role, role, roles: [role], expiresAt: Number.POSITIVE_INFINITY };
};

/** Half of the requests by those who may write nothing, then half by all. */
export async function fuzzRest(seed: number, count: number): Promise<void> {
  const limits = { perAddress: 0, perUser: 0 };
  const rest = await newRestServer({
    signIn: { offer: { kind: "token" }, origins: () => [], verify, close() {} },
    demo: false,
    limits,
  });
  try {
    const writes = countWrites(rest.provider);
    const seen = await sendAll(rest, new Scraps(seed, "readers"), seed, count / 2, ["player", ...STRANGERS]);
    assert.deepEqual(writes(), [], `seed ${seed}: written by those who may write nothing`);
    await sendAll(rest, new Scraps(seed, "all"), seed, count / 2, [...ROLES, ...STRANGERS]);
    assert.notEqual(writes().length, 0);
    for (const status of [200, 400, 401, 403, 404]) {
      assert.ok(
        (seen.get(status) ?? 0) > count / 500,
        `seed ${seed}: hardly any ${status}: ${JSON.stringify([...seen])}`,
      );
    }
    assert.deepEqual(rest.errors, []);
  } finally {
    await rest.close();
  }
}

async function sendAll(rest: RestServer, scraps: Scraps, seed: number, count: number, tokens: readonly string[]) {
  const { hostname, port } = new URL(rest.origin);
  const newLane = () => new HttpLane(hostname, Number(port));
  const context = { services: rest.services, newId: () => "id", now: Date.now };
  const routes = apiRoutes(context, { version: "0", base: "" });
  const seen = new Map<number, number>();
  let lane = newLane();
  for (let n = 0; n < count; n++) {
    const route = scraps.pick(routes);
    const token = scraps.pick(tokens);
    const { method, path, headers, body } = newRequest(route, token, scraps);
    const where = `seed ${seed}, request ${n} as '${token}': ${method} ${path.slice(0, 200)} ${body.slice(0, 300)}`;
    const answer = await lane.ask(method, `/api/v1${path}`, body, headers);
    check({ ...answer, route, token, where, isOwn: method === route.method.toUpperCase() });
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    if (answer.closed) {
      lane = newLane();
    }
  }
  lane.close();
  return seen;
}

interface Checked {
  status: number;
  body: string;
  route: Route;
  token: string;
  where: string;
  /** Sent with the route's own method: who may is known. */
  isOwn: boolean;
}

function check({ status, body, route, token, where, isOwn }: Checked): void {
  assert.ok(status >= 200 && (status < 500 || status === 501), `${status} ${body} to ${where}`);
  if (status >= 400 && body !== "") {
    const { code } = JSON.parse(body) as { code: string };
    assert.ok(code in ERROR_CODES, `${status} ${body} to ${where}`);
    assert.ok(status !== 501 || code === "UNSUPPORTED", where);
    return;
  }
  const isRead = route.access === "open" || (route.access === "read" && !FOR_ADMINS.includes(route.id));
  const allowed = [...(isRead ? ROLES : (MAY[route.id] ?? [])), "admin"];
  const isDone = isOwn && status < 300;
  assert.ok(!isDone || route.access === "open" || allowed.includes(token), `${status} to ${where}`);
}

function newRequest(route: Route, token: string, scraps: Scraps) {
  const method = scraps.happens(0.95)
    ? route.method.toUpperCase()
    : scraps.pick(["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"]);
  const body = newBody(route, scraps);
  return { method, path: newPath(route, scraps), body, headers: newHeaders(route, token, body, scraps) };
}

function newPath({ path }: Route, scraps: Scraps): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, part) =>
    encodeURIComponent(scraps.name(part === "id" && path.includes("models") ? MODELS : IDS)),
  );
  const bad = [`${filled}/`, `${filled}/%`, `${filled}%00`, "//", "/%E0%A4%A", "/nothing"];
  const query = ["?", "?limit=1", "?limit=x", "?cursor=x", "?a=1&a=2", "?%=%&&==", "?seconds=-1"];
  return (scraps.happens(0.97) ? filled : scraps.pick(bad)) + (scraps.happens(0.85) ? "" : scraps.pick(query));
}

function newBody({ id, body }: Route, scraps: Scraps): string {
  const isNone = body === undefined && scraps.happens(0.9);
  const json = isNone ? "" : (JSON.stringify(scraps.spoilt(GOOD[id] ?? {})) ?? "");
  return scraps.happens(0.95) ? json : scraps.pick(["{", "[".repeat(500), "\u0000", json.slice(0, -1), `${json}x`]);
}

function newHeaders(route: Route, token: string, body: string, scraps: Scraps): string {
  const scheme = scraps.happens(0.98) ? "Bearer" : scraps.pick(["Basic", "bearer", ""]);
  const type = scraps.happens(0.9) ? (route.body?.types[0] ?? "application/json") : scraps.pick(TYPES);
  const some = (share: number, name: string, values: readonly string[]) =>
    scraps.happens(share) ? `${name}: ${scraps.pick(values)}` : "";
  return [
    token === "" ? "" : `Authorization: ${scheme} ${token}`,
    body === "" ? "" : `Content-Type: ${type}`,
    some(0.1, "If-Match", ["*", '"x"', 'W/"x"', "x", '""', ","]),
    some(0.1, "If-None-Match", ["*", '"x"', "x"]),
    some(0.1, "Idempotency-Key", ["a", "b", '"c"', "", "x".repeat(300), "a b"]),
  ]
    .filter((line) => line !== "")
    .map((line) => `${line}\r\n`)
    .join("");
}
