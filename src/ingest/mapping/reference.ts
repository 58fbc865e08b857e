/**
 * How a mapping rule points into a message: `device`, `component`, `hub`, `body.a.b`, `properties.NAME`, `system.NAME`; and
 * the templates made of such references, `meter-{properties.site}-{body.id}`. Compiled once, read for every message.
 */
import type { TelemetryData, TwinEvent } from "../../twins/types.ts";

export type Reference = (event: TwinEvent) => unknown;

const ROOTS: Record<string, (rest: string) => Reference | undefined> = {
  device: (rest) => (rest === "" ? (event) => event.subject || undefined : undefined),
  component: (rest) => (rest === "" ? (event) => dataOf(event).component : undefined),
  hub: (rest) => (rest === "" ? (event) => event.source : undefined),
  body: (rest) => (rest === "" ? (event) => dataOf(event).values : inBody(rest.split("."))),
  properties: (rest) => (rest === "" ? undefined : (event) => event.message?.properties[rest]),
  system: (rest) => (rest === "" ? undefined : (event) => event.message?.systemProperties[rest]),
};
export const REFERENCE_HELP = "device, component, hub, body.<name>, properties.<name> or system.<name>";

/** undefined: it is none. */
export function compileReference(text: string): Reference | undefined {
  const [, root = "", rest = ""] = /^(\w+)(?:\.(.+))?$/.exec(text) ?? [];
  return Object.hasOwn(ROOTS, root) ? ROOTS[root]?.(rest) : undefined;
}

/** A template as a function: undefined when a part of it is missing in the message. A string: what is wrong with it. */
export function compileTemplate(text: string): ((event: TwinEvent) => string | undefined) | string {
  const parts: (string | Reference)[] = [];
  for (const [index, part] of text.split(/\{([^{}]*)\}/).entries()) {
    const reference = index % 2 === 0 ? part : compileReference(part);
    if (reference === undefined) {
      return `{${part}} is no reference; expected ${REFERENCE_HELP}`;
    }
    parts.push(reference);
  }
  return (event) => {
    let out = "";
    for (const part of parts) {
      const value = typeof part === "string" ? part : part(event);
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
        return undefined;
      }
      out += value;
    }
    return out;
  };
}

/** A member of a member, by own names only. */
export function inBody(path: readonly string[]): Reference {
  return (event) => path.reduce<unknown>(member, dataOf(event).values);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

export function dataOf(event: TwinEvent): TelemetryData {
  return event.data as TelemetryData;
}
