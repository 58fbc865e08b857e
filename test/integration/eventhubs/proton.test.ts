/** Apache Qpid Proton, an AMQP client that is neither ours nor the SDK's, on the embedded event hub. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { closeAll, newHubs } from "./support.ts";

const run = promisify(execFile);
const CLIENT = fileURLToPath(new URL("./proton/client.py", import.meta.url));

/** The Python that has Proton: Debian puts it into its own, which need not be the first one in the path. */
async function findPython(): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    const has = await run(python, ["-c", "import proton"]).then(
      () => true,
      () => false,
    );
    if (has) return python;
  }
  return undefined;
}

const SEEN = {
  "send without a token": "amqp:unauthorized-access",
  "read without a token": "amqp:unauthorized-access",
  "ask without a token": 401,
  "wrong key": [401, "amqp:unauthorized-access"],
  "foreign token": [401, "amqp:unauthorized-access"],
  token: [202, null],
  hub: ["telemetry", ["0", "1", "2", "3"], 4],
  "empty partition": [true, -1, "-1"],
  "ask for no such partition": 400,
  "ask for no such hub": 404,
  "ask for no such operation": 501,
  "ask for no such type": 501,
  numbers: [0, 1, 2, 3, 4],
  bodies: ['{"n":0}', { map: ["of", 1] }, ["a", "sequence"], "text", null],
  properties: {
    string: "v",
    int: "int32(-5)",
    ulong: "ulong(7)",
    ubyte: "ubyte(200)",
    true: "True",
    float: "2.5",
    when: "timestamp(1767225600000)",
    id: "00000000-0000-0000-0000-000000000005",
    bytes: "b'\\x00\\x01'",
    null: "None",
    symbol: "s",
  },
  annotations: ["kept", true, true, 7],
  "after an offset": [3, 4],
  "from a number": [3, 4],
  "after a number": [4],
  "after a time": [0, 1, 2, 3, 4],
  "behind the end": "com.microsoft:argument-error",
  "no position": "amqp:invalid-field",
  "no such group": "amqp:not-found",
  "no such partition": "com.microsoft:argument-out-of-range",
  "no such hub": "amqp:not-found",
  unsettled: [true, true],
  settled: [true, true],
  mixed: [true, true],
  "settled by both": [true, true],
  "two on one session": [true, true],
  "one credit each": [[60], [60]],
  drained: [2, 0],
  stolen: "amqp:link:stolen",
  "lower epoch": "amqp:link:stolen",
  "no epoch": "amqp:link:stolen",
  large: true,
  "too large": "REJECTED",
  plain: [202, null],
  "many links": 120,
};

describe("Qpid Proton on the embedded event hub", () => {
  let python: string | undefined;

  before(async function () {
    python = await findPython();
    if (python !== undefined) return;
    console.warn("no Qpid Proton on this machine: apt-get install python3-qpid-proton to run its tests");
    this.skip();
  });

  afterEach(closeAll);

  it("sees what it should", async () => {
    assert.ok(python);
    const hubs = await newHubs();
    const { stdout } = await run(python, [CLIENT, String(hubs.port), "local"], { timeout: 30_000 });
    assert.deepEqual(JSON.parse(stdout), SEEN);
  }).timeout(30_000);
});
