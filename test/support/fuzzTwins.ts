// Requests that make less and less sense, seeded: every answer is the twin service's, none is a 500, none takes for ever.
import assert from "node:assert/strict";
import { Random } from "../../emulator/adt/faults/Random.ts";
import type { DigitalTwinsService } from "../../emulator/adt/index.ts";
import { type Answer, HttpLane } from "../../loadtest/adt/HttpLane.ts";
import { MODELS, ROOM, SPACE } from "../integration/adt/models.ts";

const CODES = new Set([
  "ApiVersionUnspecified",
  "UnsupportedApiVersion",
  "BadRequest",
  "InvalidArgument",
  "MissingArgument",
  "JsonPatchInvalid",
  "ValidationFailed",
  "DTDLParserError",
  "ModelVersionNotSupported",
  "LimitExceeded",
  "ModelDecommissioned",
  "RelationshipsNotDeleted",
  "InvalidRelationship",
  "OperationNotAllowed",
  "EventRouteEndpointInvalid",
  "EventRouteFilterInvalid",
  "EventRouteIdInvalid",
  "SqlQueryError",
  "TimeoutError",
  "NotFound",
  "DigitalTwinNotFound",
  "TargetDigitalTwinNotFound",
  "ModelNotFound",
  "RelationshipNotFound",
  "ComponentNotFound",
  "EventRouteNotFound",
  "MethodNotAllowed",
  "ModelIdAlreadyExists",
  "ModelReferencesNotDeleted",
  "PreconditionFailed",
  "RequestEntityTooLarge",
]);
const PATIENCE = 10_000;

const IDS = [
  "a",
  "b",
  "c",
  "d%20e",
  "%C3%BC",
  "x".repeat(128),
  "x".repeat(129),
  "%00",
  "%E0%A4%A",
  "%2F",
  "..",
  "",
  "$x",
];
const MODEL_IDS = [ROOM["@id"], SPACE["@id"], "dtmi:test:None;1", "dtmi:x;0", "room", "dtmi:test:Room;1%00"];
const METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"];
const ETAGS = ["*", '"x"', 'W/"x"', "x", '""', '"a", "b"', "W/", "\u00ff", ","];
const QUERIES = [
  "SELECT * FROM DIGITALTWINS",
  "SELECT COUNT() FROM RELATIONSHIPS",
  "SELECT TOP(2) T.$dtId FROM DIGITALTWINS T WHERE T.temperature > 1 AND IS_OF_MODEL(T, 'dtmi:test:Space;1')",
  "SELECT A, B FROM DIGITALTWINS A JOIN B RELATED A.contains R WHERE A.$dtId = 'a'",
  "SELECT B.$dtId FROM DIGITALTWINS MATCH (A)-[:contains*1..3]->(B) WHERE A.$dtId = 'a'",
];
const PIECES = [
  "(",
  ")",
  "'",
  "*",
  "[[",
  "]]",
  " AND ",
  " OR ",
  "NOT ",
  ",",
  ".",
  "-",
  "\u0000",
  "1e999",
  "SELECT",
  "\\'",
];
const SCRAPS: unknown[] = [
  null,
  true,
  -0,
  1e308,
  "",
  "text",
  "y".repeat(5_000),
  [],
  {},
  [[]],
  { $metadata: null },
  { $model: 1 },
  "2026-11-22T10:00:00Z",
  JSON.parse('{"__proto__":{"x":1}}'),
  JSON.parse('{"constructor":{"prototype":1}}'),
];
const POINTERS = [
  "/temperature",
  "/name",
  "/size/width",
  "/size",
  "/labels/a",
  "/thermostat",
  "/thermostat/setPoint",
  "/thermostat/$metadata/setPoint/sourceTime",
  "/$metadata/$model",
  "/$metadata/temperature/sourceTime",
  "/$metadata/temperature/lastUpdateTime",
  "/$dtId",
  "/__proto__/x",
  "/constructor",
  "//",
  "/~2",
  "",
  "/order",
  "x",
];

/** Sends `count` requests over a few connections. */
export async function fuzzTwins({ url }: DigitalTwinsService, seed: number, count: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const random = new Random(seed, "fuzz");
  const seen = new Map<number, number>();
  let lane = new HttpLane(hostname, Number(port));
  await lane.ask("POST", "/models?api-version=2022-05-31", JSON.stringify(MODELS));
  for (let n = 0; n < count; n++) {
    const request = newRequest(random);
    const where = `seed ${seed}, request ${n}: ${request.method} ${request.path.slice(0, 200)} ${request.body.slice(0, 300)}`;
    const answer = await within(lane.ask(request.method, request.path, request.body, request.headers), where);
    check(answer, where);
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    if (answer.closed) {
      lane = new HttpLane(hostname, Number(port));
    }
  }
  const { status } = await lane.ask("GET", "/digitaltwins/nobody?api-version=2022-05-31");
  assert.equal(status, 404);
  lane.close();
  for (const expected of [200, 204, 400, 404]) {
    assert.ok(
      (seen.get(expected) ?? 0) > count / 100,
      `seed ${seed}: hardly any ${expected} among ${JSON.stringify([...seen])}`,
    );
  }
}

async function within(answer: Promise<Answer>, where: string): Promise<Answer> {
  const timer = Promise.withResolvers<never>();
  const handle = setTimeout(() => timer.reject(new Error(`no answer to ${where}`)), PATIENCE);
  try {
    return await Promise.race([answer, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
}

function check({ status, body }: Answer, where: string): void {
  assert.ok(status >= 200 && status < 500, `${status} ${body} to ${where}`);
  if (status >= 400) {
    const { error, title } = JSON.parse(body) as { error?: { code?: string; message?: unknown }; title?: string };
    if (title === "One or more validation errors occurred.") {
      // No JSON Patch: the web framework of the real service answers, without a code.
      return;
    }
    assert.ok(CODES.has(error?.code ?? ""), `${status} ${body} to ${where}`);
    assert.equal(typeof error?.message, "string", where);
  }
}

interface FuzzRequest {
  method: string;
  path: string;
  headers: string;
  body: string;
}

function newRequest(random: Random): FuzzRequest {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)] as T;
  const happens = (share: number) => random.happens(share);
  const id = () => (happens(0.7) ? pick(IDS.slice(0, 4)) : pick(IDS));
  const model = () => (happens(0.8) ? ROOM["@id"] : pick(MODEL_IDS));

  const value = (): unknown => (happens(0.5) ? Math.floor(random.next() * 50) : pick(SCRAPS));
  const twin = (): Record<string, unknown> => ({
    $metadata: happens(0.9) ? { $model: model() } : pick(SCRAPS),
    ...(happens(0.9) ? { thermostat: happens(0.9) ? { $metadata: {}, setPoint: value() } : pick(SCRAPS) } : {}),
    ...(happens(0.5) ? { temperature: value() } : {}),
    ...(happens(0.1) ? { [pick(["name", "mode", "size", "labels", "__proto__", "unknown", "$x"])]: value() } : {}),
  });
  const relationship = () => ({
    $targetId: happens(0.9) ? pick(["a", "b", "c"]) : pick(SCRAPS),
    $relationshipName: happens(0.9) ? pick(["contains", "seenBy"]) : pick(SCRAPS),
    ...(happens(0.3) ? { order: value() } : {}),
  });
  const operation = () => ({
    op: happens(0.9) ? pick(["add", "replace", "remove"]) : pick(["move", "test", "copy", 1, null]),
    path: happens(0.7) ? pick(POINTERS.slice(0, 7)) : happens(0.9) ? pick(POINTERS) : pick(SCRAPS),
    value: happens(0.7) ? Math.floor(random.next() * 50) : value(),
  });
  const patch = () => Array.from({ length: Math.ceil(random.next() * 3) }, operation);
  const query = () => {
    const text = pick(QUERIES);
    const at = Math.floor(random.next() * text.length);
    const cut = happens(0.5)
      ? text
      : `${text.slice(0, at)}${pick(PIECES)}${text.slice(at + Math.floor(random.next() * 3))}`;
    return happens(0.9)
      ? { query: cut }
      : { query: pick(SCRAPS), continuationToken: pick(["x", "e30", "", 1, "eyJhIjoxfQ"]) };
  };
  const newModel = () => [
    {
      ...pick(MODELS),
      "@id": pick([...MODEL_IDS, `dtmi:test:New;${Math.ceil(random.next() * 99)}`]),
      ...(happens(0.3) ? { contents: value() } : {}),
    },
  ];

  const targets: (() => { path: string; methods: string[]; content: () => unknown })[] = [
    () => ({
      path: `/digitaltwins/${id()}`,
      methods: ["GET", "PUT", "PUT", "PATCH", "DELETE"],
      content: happens(0.5) ? twin : patch,
    }),
    () => ({ path: `/digitaltwins/${id()}`, methods: ["PUT"], content: twin }),
    () => ({ path: `/digitaltwins/${id()}`, methods: ["PATCH"], content: patch }),
    () => ({
      path: `/digitaltwins/${id()}/components/${pick(["thermostat", "none", "%2F", "__proto__"])}`,
      methods: ["GET", "PATCH"],
      content: patch,
    }),
    () => ({
      path: `/digitaltwins/${id()}/relationships/${id()}`,
      methods: ["GET", "PUT", "PATCH", "DELETE"],
      content: happens(0.6) ? relationship : patch,
    }),
    () => ({
      path: `/digitaltwins/${id()}/${pick(["relationships", "incomingrelationships"])}`,
      methods: ["GET"],
      content: value,
    }),
    () => ({ path: `/digitaltwins/${id()}/telemetry`, methods: ["POST"], content: value }),
    () => ({
      path: `/digitaltwins/${id()}/components/thermostat/telemetry`,
      methods: ["POST"],
      content: () => ({ t: value() }),
    }),
    () => ({ path: "/query", methods: ["POST"], content: query }),
    () => ({ path: "/models", methods: ["GET", "POST"], content: newModel }),
    () => ({
      path: `/models/${pick(MODEL_IDS)}`,
      methods: ["GET", "PATCH"],
      content: () => [{ op: "replace", path: "/decommissioned", value: happens(0.9) ? false : value() }],
    }),
    () => ({
      path: `/eventroutes/${id()}`,
      methods: ["GET", "PUT", "DELETE"],
      content: () => ({
        endpointName: pick(["notifications", "none", 1]),
        filter: pick(["true", "type = 'x'", "$body.a", "((", value()]),
      }),
    }),
    () => ({
      path: pick([
        "/",
        "//",
        "/nothing",
        "/eventroutes",
        "/digitaltwins",
        "/digitaltwins//",
        "*",
        "/%",
        "/models/../x",
        "/$admin/nothing",
      ]),
      methods: METHODS,
      content: value,
    }),
  ];
  const target = pick(targets)();
  const method = happens(0.95) ? pick(target.methods) : pick(METHODS);
  const path =
    target.path +
    (happens(0.9)
      ? "?api-version=2022-05-31"
      : pick([
          "",
          "?",
          "?api-version=1",
          "?api-version=2020-10-31&continuationToken=x",
          "?api-version=2022-05-31&continuationToken=eyJhZnRlciI6LTF9",
          "?api-version=2022-05-31&dependenciesFor=,,",
          "?%=%&&==",
        ]));
  return {
    method,
    path,
    headers: newHeaders(pick, happens),
    body: newBody(target.content(), { method, pick, happens }),
  };
}

function newHeaders(pick: <T>(items: readonly T[]) => T, happens: (share: number) => boolean): string {
  const headers = [
    happens(0.1) ? `If-Match: ${pick(ETAGS)}` : "",
    happens(0.1) ? `If-None-Match: ${pick(ETAGS)}` : "",
    happens(0.1) ? `max-items-per-page: ${pick(["1", "0", "-1", "1e9", "many", "", "99999999999999999999"])}` : "",
    happens(0.8) ? `Message-Id: ${pick(["1", "", "x".repeat(300), "\u00ff"])}` : "",
    happens(0.05) ? `Telemetry-Source-Time: ${pick(["now", "2026-01-01T00:00:00Z", ""])}` : "",
    happens(0.05) ? `traceparent: ${pick(["x", "00-0-0-0"])}` : "",
    happens(0.05) ? `Authorization: ${pick(["Bearer", "Bearer x", "Basic x", ""])}` : "",
  ];
  return headers
    .filter((header) => header !== "")
    .map((header) => `${header}\r\n`)
    .join("");
}

function newBody(
  content: unknown,
  {
    method,
    pick,
    happens,
  }: { method: string; pick: <T>(items: readonly T[]) => T; happens: (share: number) => boolean },
): string {
  const text = JSON.stringify(content) ?? "";
  if (method === "GET" && happens(0.9)) {
    return "";
  }
  if (happens(0.92)) {
    return text;
  }
  return pick([
    "",
    "{",
    text.slice(1),
    text.slice(0, -1),
    `${text}${text}`,
    "\u0000",
    "\ufeff{}",
    "nul",
    '{"a":1,"a":2}',
    "[".repeat(20_000),
    `${'{"a":'.repeat(200)}1${"}".repeat(200)}`,
    JSON.stringify({ text: "z".repeat(40_000) }),
    "1e999",
    '"\\ud800"',
  ]);
}
