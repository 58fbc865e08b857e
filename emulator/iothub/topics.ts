/**
 * IoT Hub's MQTT topics: what a device publishes, and what it is told. Pure; the official device SDK is the judge.
 */

export type DeviceMessage =
  | { kind: "telemetry"; properties: Record<string, string> }
  | { kind: "getTwin"; rid: string }
  | { kind: "report"; rid: string }
  | { kind: "answer"; rid: string; status: number };

/** undefined: no topic that this device may publish to. */
export function readTopic(deviceId: string, topic: string): DeviceMessage | undefined {
  const events = `devices/${deviceId}/messages/events/`;
  if (topic.startsWith(events)) {
    return { kind: "telemetry", properties: readBag(topic.slice(events.length)) };
  }
  const [, path = "", query = ""] = /^\$iothub\/([^?]*)\/\?(.*)$/.exec(topic) ?? [];
  const rid = readBag(query)["$rid"] ?? "";
  if (path === "twin/GET") {
    return { kind: "getTwin", rid };
  }
  if (path === "twin/PATCH/properties/reported") {
    return { kind: "report", rid };
  }
  const status = /^methods\/res\/(-?\d+)$/.exec(path)?.[1];
  return status === undefined ? undefined : { kind: "answer", rid, status: Number(status) };
}

/** Topics that a device may subscribe to. */
export function mayHear(deviceId: string, topic: string): boolean {
  return (
    topic === "$iothub/twin/res/#" ||
    topic === "$iothub/twin/PATCH/properties/desired/#" ||
    topic === "$iothub/methods/POST/#" ||
    topic === `devices/${deviceId}/messages/devicebound/#`
  );
}

export const twinAnswer = (status: number, rid: string, version?: number): string =>
  `$iothub/twin/res/${status}/?$rid=${rid}${version === undefined ? "" : `&$version=${version}`}`;
export const desiredPatch = (version: number): string => `$iothub/twin/PATCH/properties/desired/?$version=${version}`;
export const methodCall = (method: string, rid: string): string => `$iothub/methods/POST/${method}/?$rid=${rid}`;

/** `%24.ct=application%2Fjson&alert=true` */
function readBag(text: string): Record<string, string> {
  const pairs = text.split("&").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => [decode(pair.replace(/=.*$/s, "")), decode(pair.replace(/^[^=]*=?/, ""))]),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
