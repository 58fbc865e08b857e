/**
 * One model file for device, game and cloud: makes of a full DTDL Interface the document that Azure Digital Twins takes.
 * Called before models are sent to the service; never changes what it is given.
 */

type Json = Record<string, unknown>;

const DTMI_OF_CLASS = /^dtmi:dtdl:class:(\w+);[23]$/;

/**
 * A copy of one Interface document without Commands, and with the ids in place of Interfaces that stand inline (`extends`
 * and component schemas). `interfacesForAzure` gives those inline Interfaces as documents of their own.
 */
export function forAzure(model: object): object {
  return strip(model as Json);
}

/** Every Interface of `documents`, inline ones included, each as Azure takes it: at the top level, with its context. */
export function interfacesForAzure(documents: readonly unknown[]): object[] {
  const out: object[] = [];
  for (const document of documents.flat()) {
    if (isObject(document)) {
      collect(document, document["@context"], out);
    }
  }
  return out;
}

function collect(model: Json, context: unknown, out: object[]): void {
  const inherited = model["@context"] ?? context;
  out.push({ ...(inherited === undefined ? {} : { "@context": inherited }), ...strip(model) });
  const inline = [
    ...asList(model["extends"]),
    ...asList(model["contents"]).map((content) => (isObject(content) ? content["schema"] : undefined)),
  ];
  for (const candidate of inline) {
    if (isObject(candidate) && hasType(candidate, "Interface")) {
      collect(candidate, inherited, out);
    }
  }
}

function strip(model: Json): Json {
  const copy: Json = { ...model };
  if (copy["contents"] !== undefined) {
    copy["contents"] = asList(copy["contents"])
      .filter((content) => !(isObject(content) && hasType(content, "Command")))
      .map((content) => (isObject(content) ? { ...content, ...byId(content, "schema") } : content));
  }
  if (Array.isArray(copy["extends"])) {
    copy["extends"] = copy["extends"].map(idOf);
  } else if (copy["extends"] !== undefined) {
    copy["extends"] = idOf(copy["extends"]);
  }
  return copy;
}

function byId(content: Json, key: string): Json {
  return content[key] === undefined ? {} : { [key]: idOf(content[key]) };
}

function idOf(value: unknown): unknown {
  return isObject(value) && hasType(value, "Interface") && typeof value["@id"] === "string" ? value["@id"] : value;
}

function hasType(value: Json, type: string): boolean {
  return asList(value["@type"]).some((word) => word === type || DTMI_OF_CLASS.exec(String(word))?.[1] === type);
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function asList(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
