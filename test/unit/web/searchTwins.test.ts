// What the search box understands, and where a trend has its gaps.
import assert from "node:assert/strict";
import { withGaps } from "../../../web/src/model/gaps.ts";
import { matches, parseSearch } from "../../../web/src/model/searchTwins.ts";
import { resolveModels } from "../../../web/src/model/TwinModel.ts";

const PUMP = {
  "@context": "dtmi:dtdl:context;3",
  "@id": "dtmi:test:Pump;1",
  "@type": "Interface",
  contents: [
    { "@type": "Property", name: "speed", schema: "double" },
    { "@type": "Property", name: "running", schema: "boolean" },
    {
      "@type": "Property",
      name: "state",
      schema: {
        "@type": "Enum",
        valueSchema: "string",
        enumValues: [
          { name: "off", enumValue: "off" },
          { name: "onLine", enumValue: "onLine" },
        ],
      },
    },
  ],
};
const model = resolveModels([{ id: PUMP["@id"], model: PUMP }]).get(PUMP["@id"]);
const twin = { $model: 0, $name: "Pump 1", $seen: 1, $link: 0, speed: 1180, running: true, state: 1 };

function finds(text: string): boolean {
  return matches(parseSearch(text), "pump 1 pump-101 centrifugal pump", twin, model);
}

describe("the page's search", () => {
  it("wants every word, and every comparison", () => {
    assert.ok(finds("") && finds("pump 101") && finds("Speed > 1000 centrifugal"));
    assert.ok(!finds("valve") && !finds("pump speed>2000") && !finds("speed > 1000 valve"));
  });

  it("compares numbers, switches and choices as they are shown", () => {
    assert.ok(finds("speed >= 1180") && finds("speed<=1180") && finds("speed = 1180") && !finds("speed < 1180"));
    assert.ok(finds("running = on") && !finds("running = off"));
    assert.ok(finds('state = "on line"') && !finds("state = off"));
    assert.ok(!finds("nothing = 1"));
  });
});

describe("the page's trends", () => {
  it("have a gap where nothing came for much longer than usual", () => {
    const samples = [1, 2, 3, 4, 60, 61].map((second) => [second * 1000, second] as const);
    assert.deepEqual(withGaps(samples)[1], [1, 2, 3, 4, null, 60, 61]);
    const slow = [0, 30, 60, 90].map((second) => [second * 1000, second] as const);
    assert.deepEqual(withGaps(slow)[1], [0, 30, 60, 90]);
    assert.deepEqual(withGaps([]), [[], []]);
  });
});
