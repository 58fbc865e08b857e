// What the cases of sdkSuite.test.ts start from: two models, three twins, and refusals that say something.
import assert from "node:assert/strict";
import type { DigitalTwinsClient } from "@azure/digital-twins-core";

export type Case = (client: DigitalTwinsClient) => Promise<unknown>;

const INTERFACE = { "@type": "Interface", "@context": "dtmi:dtdl:context;2" };
const property = (name: string, schema: string) => ({ "@type": "Property", name, schema });

export const PART = {
  ...INTERFACE,
  "@id": "dtmi:samples:Part;1",
  displayName: "Part",
  contents: [property("p", "string")],
};
export const WHOLE = {
  ...INTERFACE,
  "@id": "dtmi:samples:Whole;1",
  displayName: "Whole",
  contents: [
    property("average", "double"),
    property("unit", "string"),
    { "@type": "Component", name: "part", schema: PART["@id"] },
    { "@type": "Telemetry", name: "load", schema: "integer" },
    { "@type": "Relationship", name: "has", properties: [property("restricted", "boolean")] },
  ],
};
export const twin = (members: object = {}) =>
  JSON.stringify({
    $metadata: { $model: WHOLE["@id"] },
    average: 68,
    unit: "Celsius",
    part: { $metadata: {}, p: "value1" },
    ...members,
  });
export const HAS = {
  $relationshipId: "r",
  $sourceId: "a",
  $relationshipName: "has",
  $targetId: "b",
  restricted: false,
};

/** Twins `a`, `b` and `c` of WHOLE; `a` has `b`. */
export async function setUp(client: DigitalTwinsClient): Promise<void> {
  await client.createModels([PART, WHOLE]);
  for (const id of ["a", "b", "c"]) {
    await client.upsertDigitalTwin(id, twin());
  }
  await client.upsertRelationship("a", "r", HAS);
}

export const op = (operation: string, path: string, value?: unknown) => [
  { op: operation, path, ...(value === undefined ? {} : { value }) },
];

/** A refusal whose message has this in it. */
export async function says(text: string, refusal: Promise<unknown>): Promise<void> {
  await assert.rejects(refusal, (error: Error) => {
    assert.ok(error.message.includes(text), `"${error.message}" does not say "${text}"`);
    return true;
  });
}

/** What a property is after `replace`, `remove`, `add` and several of them at once. */
export function patchCases(
  patch: (client: DigitalTwinsClient, operations: { op: string; path: string }[]) => Promise<{ etag?: string }>,
  read: (client: DigitalTwinsClient) => Promise<{ etag?: string; body: Record<string, unknown> }>,
  [name, value]: [name: string, value: unknown],
): Record<string, Case> {
  const becomes = (expected: unknown, ...operations: { op: string; path: string }[]): Case => {
    return async (client) => {
      const { etag } = await patch(client, operations);
      const after = await read(client);
      assert.deepEqual([after.body[name], after.etag], [expected, etag]);
    };
  };
  const path = `/${name}`;
  return {
    "update replace": becomes(value, ...op("replace", path, value)),
    "update remove": becomes(undefined, ...op("remove", path)),
    "update add": becomes(value, ...op("remove", path), ...op("add", path, value)),
    "update multiple": becomes(undefined, ...op("replace", path, value), ...op("remove", path)),
    "update invalid patch": async (client) => {
      await says("Unsupported operation type move", patch(client, op("move", path, 42)));
      await says("Parameter op must not be empty", patch(client, [{}] as { op: string; path: string }[]));
    },
  };
}
