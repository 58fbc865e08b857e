// What `doctor` says where no login is found: Azure's own credential, over a twin service that has to have a token.
import assert from "node:assert/strict";
import { twinService } from "../../../src/cli/doctor/twinService.ts";

describe("doctor: no credential gives a token", () => {
  it("is told as that, with the logins that there are, and the service is not blamed", async () => {
    const credential = {
      getToken: () => Promise.reject(new Error("ChainedTokenCredential authentication failed.\nEnvironment: none")),
    };
    const address = { url: "https://plant.invalid", credential, now: Date.now };
    const [finding, ...more] = await twinService(address, undefined);
    assert.deepEqual(more, []);
    assert.deepEqual([finding?.what, finding?.state], ["sign-in", "wrong"]);
    assert.match(finding?.text ?? "", /no token for https:\/\/plant\.invalid \(ChainedTokenCredential .*failed\.\)$/);
    assert.match(finding?.cure ?? "", /az login.*AZURE_CLIENT_ID/);
  });
});
