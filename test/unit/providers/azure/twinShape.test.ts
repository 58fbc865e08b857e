import assert from "node:assert/strict";
import { fromRelationship, toRelationship, toTwin } from "../../../../src/providers/azure/twinShape.ts";

describe("Azure's shapes", () => {
  it("parts a twin's values from its metadata", () => {
    const twin = toTwin({
      $dtId: "p1",
      $etag: 'W/"1"',
      speed: 2,
      etag: "a property of that name",
      tags: { a: "b" },
      motor: {
        current: 3,
        $metadata: {
          $lastUpdateTime: "2026-01-01T00:00:00Z",
          current: { lastUpdateTime: "2026-01-01T00:00:01.1234567Z" },
        },
      },
      idle: { $metadata: {} },
      $metadata: {
        $model: "dtmi:test:Pump;1",
        $lastUpdateTime: "2026-01-01T00:00:09Z",
        speed: { lastUpdateTime: "2026-01-01T00:00:09Z", sourceTime: "2026-01-01T00:00:02Z" },
        tags: { lastUpdateTime: "2026-01-01T00:00:03Z" },
      },
    });
    assert.deepEqual(twin, {
      id: "p1",
      etag: 'W/"1"',
      modelId: "dtmi:test:Pump;1",
      properties: {
        speed: 2,
        etag: "a property of that name",
        tags: { a: "b" },
        motor: { current: 3 },
        idle: {},
      },
      times: {
        "/speed": Date.parse("2026-01-01T00:00:02Z"),
        "/tags": Date.parse("2026-01-01T00:00:03Z"),
        "/motor/current": Date.parse("2026-01-01T00:00:01.123Z"),
      },
    });
  });

  it("refuses what is no twin and no relationship", () => {
    assert.throws(() => toTwin({ $dtId: "p1" }), TypeError);
    assert.throws(() => toTwin(null), TypeError);
    assert.throws(() => toRelationship({ $relationshipId: "r" }), TypeError);
  });

  it("parts a relationship's values from its ends, and back", () => {
    const raw = {
      $relationshipId: "r",
      $sourceId: "a",
      $targetId: "b",
      $relationshipName: "feeds",
      $etag: "e",
      pipe: "A",
    };
    const link = toRelationship(raw);
    assert.deepEqual(link, {
      id: "r",
      sourceId: "a",
      targetId: "b",
      name: "feeds",
      etag: "e",
      properties: { pipe: "A" },
    });
    assert.deepEqual(fromRelationship(link), { pipe: "A", $targetId: "b", $relationshipName: "feeds" });
  });
});
