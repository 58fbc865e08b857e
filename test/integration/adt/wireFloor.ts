// A floor with a component and a room, as it stands on the wire, and exchanges about it held against what was recorded.
import assert from "node:assert/strict";
import { type NewDigitalTwins, newDigitalTwins } from "../../support/newDigitalTwins.ts";

const context = "dtmi:dtdl:context;2";
export const ROOM = { "@id": "dtmi:wire:Room;1", "@type": "Interface", "@context": context, displayName: "Room" };
export const WIFI = {
  "@id": "dtmi:wire:Wifi;1",
  "@type": "Interface",
  "@context": context,
  displayName: "Wifi",
  contents: [
    { "@type": "Property", name: "router", schema: "string" },
    { "@type": "Telemetry", name: "load", schema: "integer" },
  ],
};
export const FLOOR = {
  "@id": "dtmi:wire:Floor;1",
  "@type": "Interface",
  "@context": context,
  description: "A storey.",
  contents: [
    { "@type": "Property", name: "temperature", schema: "double" },
    { "@type": "Component", name: "wifi", schema: WIFI["@id"] },
    {
      "@type": "Relationship",
      name: "has",
      target: ROOM["@id"],
      properties: [{ "@type": "Property", name: "open", schema: "boolean" }],
    },
  ],
};
export const floor = (properties: object = {}) => ({
  $metadata: { $model: FLOOR["@id"] },
  wifi: { $metadata: {} },
  ...properties,
});
type Request = [method: string, path: string, body?: unknown, headers?: Record<string, string>];
export type Refusal = [request: Request, status: number, code: string, message: string, details?: string[]];

const MASKS: [RegExp, string][] = [
  [/W\/\\"[0-9a-f-]{36}\\"/g, "ETAG"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,7}(Z|\+00:00)/g, "TIME$1"],
];
const masked = (body: unknown): unknown =>
  body === undefined
    ? undefined
    : JSON.parse(MASKS.reduce((text, [pattern, mask]) => text.replaceAll(pattern, mask), JSON.stringify(body)));

const listed = (model: { "@id": string }, texts: object) => ({
  id: model["@id"],
  description: {},
  displayName: {},
  decommissioned: false,
  uploadTime: "TIME+00:00",
  ...texts,
});
export const MODELS = [
  listed(WIFI, { displayName: { en: "Wifi" } }),
  listed(ROOM, { displayName: { en: "Room" } }),
  listed(FLOOR, { description: { en: "A storey." } }),
];
export const written = { lastUpdateTime: "TIMEZ" };
export const STORED = {
  $dtId: "f",
  $etag: "ETAG",
  temperature: 68,
  wifi: { router: "a", $metadata: { $lastUpdateTime: "TIMEZ", router: written } },
  $metadata: { $model: FLOOR["@id"], $lastUpdateTime: "TIMEZ", temperature: written },
};
/** Status and body of each, with masks for etags and times. */
export async function answers(service: NewDigitalTwins, exchanges: [Request, number, unknown][]): Promise<void> {
  for (const [request, status, body] of exchanges) {
    const answer = await service.request(...request);
    assert.deepEqual([answer.status, masked(answer.body)], [status, body], request.slice(0, 2).join(" "));
  }
}

/** Status, code, message and details of each, word by word. */
export async function refuses(service: NewDigitalTwins, refusals: Refusal[]): Promise<void> {
  for (const [request, status, code, message, reasons] of refusals) {
    const answer = await service.request(...request);
    const details = reasons?.map((reason) => ({ code, message: reason }));
    const error = { code, message, ...(details === undefined ? {} : { details }) };
    assert.deepEqual(
      [answer.status, answer.headers.get("x-ms-error-code"), answer.body],
      [status, code, { error }],
      request.slice(0, 2).join(" "),
    );
  }
}

export async function newFloor(): Promise<NewDigitalTwins> {
  const service = await newDigitalTwins();
  await answers(service, [
    [["POST", "/models", [WIFI, ROOM, FLOOR]], 201, MODELS],
    [["PUT", "/digitaltwins/f", floor({ temperature: 68, wifi: { $metadata: {}, router: "a" } })], 200, STORED],
    [
      ["PUT", "/digitaltwins/room", { $dtId: null, $etag: null, $metadata: { $model: ROOM["@id"] } }],
      200,
      { $dtId: "room", $etag: "ETAG", $metadata: { $model: ROOM["@id"], $lastUpdateTime: "TIMEZ" } },
    ],
  ]);
  return service;
}
