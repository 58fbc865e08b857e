// What `doctor` says of an IoT Hub that refuses an identity: over a real hub that takes an Entra token, not to be had here.
import assert from "node:assert/strict";
import { iotHubFinding } from "../../../src/cli/doctor/iotHub.ts";

describe("doctor: an IoT Hub and an identity", () => {
  const refused = (status: number) =>
    iotHubFinding({ host: "plant.azure-devices.net", status, problem: "no assigned permissions", devices: 0 }, false);

  it("names the role, not the key, and for 403 the network rules too", () => {
    for (const status of [401, 403]) {
      const { state, text, cure } = refused(status);
      assert.equal(state, "wrong");
      assert.match(text, /does not let this server in .*no assigned permissions/);
      assert.match(cure ?? "", /"IoT Hub Data Contributor".*az role assignment create/);
    }
    assert.match(refused(403).cure ?? "", /network rules/);
  });
});
