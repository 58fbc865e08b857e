// The server and the clients of docs/plugins.md and README.md, compiled as a game's own strict TypeScript against the
// declarations that the package ships: what the documents say of types is true. The types of the models are codegen's, of the demo's models.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plant } from "../../../emulator/devices/plant/index.ts";
import { codegen } from "../../../src/cli/codegen.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const DECLARED = { "": "src/index", "/protocol": "src/protocol/index", "/plugins": "plugins/index" };
/** Its own declarations do not pass when they are checked. */
const COLYSEUS = /^\S*node_modules\/@colyseus\//;
/** As strict as a game may be; the declarations of others are checked too, since ours must not lead to those of a cloud. */
const COMPILER = {
  ...{
    target: "es2024",
    lib: ["es2024", "esnext.disposable", "dom"],
    module: "nodenext",
    types: ["node"],
    noEmit: true,
  },
  ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
  ...{ verbatimModuleSyntax: true },
  paths: Object.fromEntries(
    Object.entries(DECLARED).map(([path, file]) => [`colyseus-digital-twins${path}`, [`./dist/${file}.d.ts`]]),
  ),
};

/** What the documents do not show: each message's payload and reply are known, and nothing else is taken. */
const USES = `
import { definePlugins, Room } from "@colyseus/core";
import type { Room as Joined } from "@colyseus/sdk";
import { digitalTwins, type TwinServices } from "colyseus-digital-twins";
import type { Payload, Reply, Requests } from "colyseus-digital-twins/protocol";

declare const services: TwinServices;
class Own extends Room {
  override plugins = definePlugins(digitalTwins({ services }));
  override messages = { double: (_client: unknown, n: number) => 2 * n };
}
declare const room: Joined<Own>;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

export async function ask() {
  const answer = await room.request("twin.get", { twinId: "pump-101", history: 60 });
  const at: number | undefined = answer.times["/speed"]?.source;
  const model: string = answer.twin.$metadata.$model;
  const name: unknown = answer.twin["name"];
  const { operationId, status } = await room.request("twin.command", { twinId: "pump-101", command: "stop" });
  const word: "verified" | undefined = status === "verified" ? status : undefined;
  const { placementIds } = await room.request("placement.add", { items: [{ twinId: "pump-101", x: 1 }] });
  const { undone } = await room.request("placement.undo", {});
  const [may] = await room.request("permissions.check", { checks: [{ do: "patch", twinId: "pump-101" }] });
  const { role, expiresAt } = await room.request("auth.renew", { token: "t" });
  const { until } = await room.request("lease.acquire", { twinId: "pump-101" });
  const doubled: number = await room.request("double", 2);
  room.send("avatar.move", { x: 1, selected: "pump-101" });
  same<typeof operationId | typeof undone | typeof role, string>(true);
  same<typeof expiresAt | typeof until, number>(true);
  same<typeof placementIds, string[]>(true);
  return [at, model, name, word, may?.allowed, doubled];
}
export function refused() {
  // @ts-expect-error: no such message
  void room.request("twin.pacth", {});
  // @ts-expect-error: the id is missing
  void room.request("twin.get", { history: 60 });
  // @ts-expect-error: no such member
  void room.request("twin.delete", { twinId: "pump-101", etag: "x" });
  // @ts-expect-error: no operation of JSON Patch
  void room.request("twin.patch", { twinId: "pump-101", patch: [{ op: "set", path: "/speed", value: 1 }] });
  // @ts-expect-error: a transform has no w
  room.send("avatar.move", { w: 1 });
}
type Handled = Own["plugins"] extends infer P ? { [K in keyof P]: P[K] extends { messages: infer M } ? keyof M : never }[keyof P] : never;
same<Handled, keyof Requests>(true);
same<Reply<"twin.watch">, { watching: number }>(true);
export const patch: Payload<"twin.patch"> = { twinId: "a", patch: [{ op: "remove", path: "/speed" }] };
`;

/** The TypeScript blocks of a section, by the name in their first line; where several have it, the last. */
function blocks(file: string, heading: string): Map<string, string> {
  const [, section = ""] = readFileSync(join(ROOT, file), "utf8").split(`\n${heading}\n`);
  const end = section.search(/^#{1,3} /m);
  const found = section.slice(0, end < 0 ? undefined : end).matchAll(/^```ts\n(?:\/\/ ([\w.]+)\n)?(.*?)^```$/gms);
  return new Map(Array.from(found, ([, name = "code", code = ""]) => [name, code] as const));
}

describe("the typed examples", function () {
  this.timeout(120_000);
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "typed-"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "models.json"), JSON.stringify(plant.models));
    const said: string[] = [];
    const terminal = { out: (text: string) => said.push(text), error: (text: string) => said.push(text) };
    const declarations = "--declaration --emitDeclarationOnly --declarationMap false --sourceMap false".split(" ");
    const built = tsc("-p", join(ROOT, "tsconfig.build.json"), "--outDir", join(folder, "dist"), ...declarations);
    assert.equal(built, "");
    assert.equal(codegen([join(folder, "models.json"), "-o", join(folder, "twins.d.ts")], terminal), 0, said.join());
  });
  after(() => rmSync(folder, { recursive: true }));

  it("of the documents compile, and so does what they do not show", () => {
    const server = blocks("docs/plugins.md", "## A server");
    const typed = blocks("docs/plugins.md", "### A typed client");
    const readme = blocks("README.md", "## Add it to your own Colyseus server");
    const files = {
      "server.ts": server.get("server.ts"),
      "client.ts": server.get("client.ts"),
      "typed.ts": typed.get("client.ts"),
      "readme.ts": readme.get("code"),
      "uses.ts": USES,
    };
    for (const [name, code] of Object.entries(files)) {
      assert.ok(code, `${name} was not found`);
      writeFileSync(join(folder, name), code);
    }
    const config = { compilerOptions: COMPILER, files: Object.keys(files) };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const faults = tsc("-p", folder).split("\n");
    assert.deepEqual(
      faults.filter((line) => /^\S/.test(line) && !COLYSEUS.test(line)),
      [],
    );
  });
});

/** What it says. */
function tsc(...options: string[]): string {
  const command = [join(ROOT, "node_modules/typescript/bin/tsc"), ...options, "--pretty", "false"];
  try {
    return execFileSync(process.execPath, command, { encoding: "utf8" });
  } catch (error) {
    return String((error as { stdout?: string }).stdout || error);
  }
}
