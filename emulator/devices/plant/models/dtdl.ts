/**
 * Small builders that keep the plant's DTDL v2 documents readable: each returns plain model JSON, nothing is hidden.
 * Used only by the model files beside this one; they are what an architect would upload, Commands included.
 */

/** `dtmi:digitaltwins:demo:<name>;1` */
export const demo = (name: string): string => `dtmi:digitaltwins:demo:${name};1`;

type Schema = string | object;
interface More {
  writable?: boolean;
  description?: string;
}

/** A Property without a unit. */
export function property(name: string, schema: Schema, displayName: string, more: More = {}): object {
  return { "@type": "Property", name, schema, displayName, ...more };
}

/** A Property of type double with a semantic type and a unit of that type, e.g. `quantity("flow", "VolumeFlowRate litrePerSecond", "Flow")`. */
export function quantity(name: string, typeAndUnit: string, displayName: string, more: More = {}): object {
  const [type, unit] = typeAndUnit.split(" ");
  return { "@type": ["Property", type], name, schema: "double", unit, displayName, ...more };
}

/** A quantity that people may set and devices obey. */
export function setpoint(name: string, typeAndUnit: string, displayName: string, description: string): object {
  return quantity(name, typeAndUnit, displayName, { writable: true, description });
}

/** Telemetry of type double with a semantic type and unit: transient, never stored in the twin. */
export function telemetry(name: string, typeAndUnit: string, displayName: string, description: string): object {
  const [type, unit] = typeAndUnit.split(" ");
  return { "@type": ["Telemetry", type], name, schema: "double", unit, displayName, description };
}

/** A string-valued Enum whose names are its values. */
export function enumeration(...names: [name: string, displayName: string][]): object {
  return {
    "@type": "Enum",
    valueSchema: "string",
    enumValues: names.map(([name, displayName]) => ({ name, displayName, enumValue: name })),
  };
}

export function command(name: string, displayName: string, description: string): object {
  return { "@type": "Command", name, displayName, description };
}

export function component(name: string, model: string, displayName: string): object {
  return { "@type": "Component", name, schema: demo(model), displayName };
}

export function relationship(
  name: string,
  displayName: string,
  description: string,
  more: { target?: string; properties?: object[] } = {},
): object {
  return { "@type": "Relationship", name, displayName, description, ...more };
}

/** An Interface; `parent` is the name of the demo model that it extends. */
export function model(
  name: string,
  parent: string | undefined,
  displayName: string,
  description: string,
  contents: object[],
): object {
  return {
    "@context": "dtmi:dtdl:context;2",
    "@id": demo(name),
    "@type": "Interface",
    displayName,
    description,
    ...(parent === undefined ? {} : { extends: demo(parent) }),
    contents,
  };
}
