/**
 * `@id` of an element: a DTMI, needed by Interfaces and reusable schemas, bounded in length, not of the language's own.
 * Used by ElementReader.
 */
import type { Context } from "./context.ts";
import { isDtmi } from "./dtmi.ts";
import type { Scope } from "./ElementReader.ts";
import type { IssueList } from "./IssueList.ts";
import { type ClassName, type ElementRule, ID_LENGTH, INTERFACE_ID_LENGTH } from "./metamodel.ts";
import type { Dtmi } from "./types.ts";

/** undefined when there is none, or after a fault, which is in `issues`. */
export function readId(
  raw: unknown,
  cls: ClassName,
  rule: ElementRule,
  scope: Scope,
  issues: IssueList,
): Dtmi | undefined {
  if (raw === undefined && cls !== "Interface" && rule.identified !== true) {
    return undefined;
  }
  const { version } = scope.context;
  const longest = cls === "Interface" ? INTERFACE_ID_LENGTH : ID_LENGTH;
  const fault = faultOf(raw, scope.context, longest);
  if (fault === undefined) {
    return raw as Dtmi;
  }
  const at = { owner: scope.owner, path: `${scope.path}/@id` };
  const expected = `a DTMI of at most ${longest} characters, such as dtmi:com:example:Pump;1`;
  issues.add({ ...fault, at, found: raw, expected, clause: `DTDL v${version}, Digital Twin Model Identifier` });
  return undefined;
}

function faultOf(raw: unknown, context: Context, longest: number): { code: string; message: string } | undefined {
  if (raw === undefined) {
    return { code: "id.missing", message: "This element needs an id." };
  }
  if (typeof raw !== "string") {
    return { code: "id.type", message: "An id is a string." };
  }
  if (!isDtmi(raw, context.version)) {
    return { code: "id.pattern", message: "This is no DTMI." };
  }
  if (raw.length > longest) {
    return { code: "id.length", message: "This id is too long." };
  }
  return isReserved(raw, context)
    ? { code: "id.reserved", message: "Ids that begin so are the language's own, or an extension's." }
    : undefined;
}

/** Of IoT Central, where its context is in force. */
function isReserved(id: Dtmi, { extensions }: Context): boolean {
  const partner = id.startsWith("dtmi:iotcentral:") && extensions.has("dtmi:iotcentral:context");
  return partner || id.startsWith("dtmi:dtdl:") || id.startsWith("dtmi:standard:");
}
