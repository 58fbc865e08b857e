import assert from "node:assert/strict";
import { DeviceQueue } from "../../../src/control/DeviceQueue.ts";
import type { DeviceGateway, DeviceInfo } from "../../../src/twins/types.ts";
import { silentLog } from "../../support/silentLog.ts";

describe("DeviceQueue", () => {
  it("asks a slow hub once at a time, and again when it has answered or failed", async () => {
    const answers: PromiseWithResolvers<DeviceInfo | undefined>[] = [];
    const find: DeviceGateway["find"] = () => {
      const answer = Promise.withResolvers<DeviceInfo | undefined>();
      answers.push(answer);
      return answer.promise;
    };
    const queue = new DeviceQueue({ devices: { find } as DeviceGateway, log: silentLog });
    const sent: string[] = [];
    queue.add("p1", "op1", async () => void sent.push("op1"));
    const first = queue.ask();
    await queue.ask();
    assert.equal(answers.length, 1);
    answers[0]?.reject(new Error("504"));
    await first;
    const second = queue.ask();
    answers[1]?.resolve({ isConnected: true, reports: new Set() });
    await second;
    assert.deepEqual(sent, ["op1"]);
  });
});
