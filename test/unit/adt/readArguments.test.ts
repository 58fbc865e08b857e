// The command line of the emulator.
import assert from "node:assert/strict";
import { readArguments } from "../../../emulator/readArguments.ts";

describe("readArguments", () => {
  it("takes tokens, faults, endpoints, import and export", () => {
    const { emulator, importFrom, exportTo } = readArguments([
      ...["--require-token", "--token-key", "secret", "--token-audience", "a", "--token-audience", "b"],
      ...["--token-issuer", "me", "--faults", '{"queryLag":5}', "--endpoint", "away=Endpoint=sb://x/;EntityPath=y"],
      ...["--import", "in", "--export", "out", "--data", "d"],
    ]);
    assert.deepEqual(emulator.requireToken, { key: "secret", audience: ["a", "b"], issuer: "me" });
    assert.deepEqual(emulator.faults, { queryLag: 5 });
    assert.deepEqual(emulator.endpoints, { away: "Endpoint=sb://x/;EntityPath=y" });
    assert.deepEqual([emulator.data, importFrom, exportTo], ["d", "in", "out"]);
  });

  it("asks for nothing by default", () => {
    const { emulator } = readArguments([]);
    assert.deepEqual(emulator, { adtPort: 0, amqpPort: 0, mqttPort: 0, iotPort: 0, consumerGroups: [], endpoints: {} });
  });

  it("says in a sentence what is wrong", () => {
    const cases: [string[], RegExp][] = [
      [["--require-token"], /^--require-token needs --token-key/],
      [["--token-issuer", "me"], /with --require-token only/],
      [["--faults", "{"], /^--faults takes JSON/],
      [["--faults", "@/none"], /^--faults: \/none cannot be read/],
      [["--endpoint", "x"], /^--endpoint takes NAME=CONNECTION_STRING/],
    ];
    for (const [args, message] of cases) {
      assert.throws(() => readArguments(args), { message });
    }
  });
});
