/**
 * What Azure Digital Twins refuses on top of the language: Commands, and Interfaces that stand inline. (One level of
 * components and no Array properties in v2 are rules of the language itself.) For the dialect "azure" of parseModels.
 */
import type { Element } from "./Element.ts";
import type { IssueList } from "./IssueList.ts";

const CLAUSE = "Azure Digital Twins, service-specific DTDL notes";

export function checkAzure(roots: readonly Element[], all: readonly Element[], issues: IssueList): void {
  const atTop = new Set(roots);
  for (const element of all) {
    if (element.cls === "Command") {
      const message = "Azure Digital Twins takes no Commands; forAzure() leaves them out.";
      const found = element.members.name;
      issues.add({ code: "azure.command", at: element, message, found, expected: "no Command", clause: CLAUSE });
    } else if (element.cls === "Interface" && !atTop.has(element)) {
      const message =
        "Azure Digital Twins takes Interfaces at the top level only; interfacesForAzure() moves them there.";
      issues.add({ code: "azure.inline", at: element, message, found: element.id, expected: "its id", clause: CLAUSE });
    }
  }
}
