/**
 * First stage of parseModels: JSON documents → elements. Walks each object along the metamodel, so that every member's
 * rule is checked here (MemberReader); what needs more than one element is checked later.
 */
import { type Context, readContext } from "./context.ts";
import { isDtmi } from "./dtmi.ts";
import type { Element } from "./Element.ts";
import type { IssueList, Place } from "./IssueList.ts";
import { flatten } from "./literals.ts";
import { MemberReader } from "./MemberReader.ts";
import { findMember, requiredOf, ruleOf } from "./memberRules.ts";
import { type ClassRules, type ElementRule, ID_LENGTH, METAMODEL } from "./metamodel.ts";
import { escapeSegment } from "./pointer.ts";
import { readId } from "./readId.ts";
import { readTypes } from "./readTypes.ts";
import type { Dtmi } from "./types.ts";

/** No valid model nests as deep: schemas end at 5, `extends` at 10. */
const MAX_NESTING = 64;
const TOP_LEVEL: ElementRule = { type: "element", classes: ["Interface"] };

/** Where the walk is, and what holds there. */
export interface Scope extends Place {
  context: Context;
  partition: Element | undefined;
  depth: number;
}

export class ElementReader {
  /** Interfaces at the top level, in their order. */
  readonly roots: Element[] = [];
  /** Every element with an id. */
  readonly byId = new Map<Dtmi, Element>();
  /** Every element, a parent before its children. */
  readonly all: Element[] = [];
  /** Ids of elements that were left out for their faults: references to them are not faults of their own. */
  readonly failed = new Set<Dtmi>();
  readonly issues: IssueList;
  readonly #members: MemberReader;

  readonly #tolerant: boolean;

  /** `tolerant`: v3 may name extensions that are not known here. */
  constructor(issues: IssueList, tolerant = false) {
    this.issues = issues;
    this.#tolerant = tolerant;
    this.#members = new MemberReader(this, issues);
  }

  readDocuments(documents: readonly unknown[]): void {
    documents.forEach((document, index) => {
      const many = Array.isArray(document);
      flatten(document).forEach((item, at) => {
        if (!this.issues.full) {
          this.#readRoot(item, many ? `/${index}/${at}` : `/${index}`);
        }
      });
    });
  }

  #readRoot(item: unknown, path: string): void {
    if (item === null || typeof item !== "object" || Array.isArray(item)) {
      const at = { owner: "", path };
      const message = "A model is an object.";
      const clause = "DTDL v3, DTDL element";
      this.issues.add({ code: "document.type", at, message, found: item, expected: "an Interface", clause });
      return;
    }
    const raw = item as Readonly<Record<string, unknown>>;
    const owner = ownerOf(raw);
    const at = { owner, path: owner === "" ? path : "" };
    const context = readContext(
      raw["@context"],
      undefined,
      { owner, path: `${at.path}/@context` },
      this.issues,
      this.#tolerant,
    );
    if (context === undefined) {
      this.failed.add(owner);
      return;
    }
    const element = this.#read(raw, TOP_LEVEL, { ...at, context, partition: undefined, depth: 0 });
    if (element !== undefined) {
      this.roots.push(element);
    }
  }

  /** An element in place: a value, at `path`, of a member with this rule. undefined when it is no such element. */
  readNested(
    raw: Readonly<Record<string, unknown>>,
    rule: ElementRule,
    outer: Scope,
    path: string,
  ): Element | undefined {
    const { owner, partition } = outer;
    const scope: Scope = { owner, path, context: outer.context, partition, depth: outer.depth + 1 };
    if (outer.depth > MAX_NESTING) {
      const message = "The nesting is deeper than any valid model's.";
      const expected = `at most ${MAX_NESTING} levels`;
      const clause = "DTDL v3, Limits and exclusions";
      this.issues.add({ code: "document.depth", at: scope, message, found: raw, expected, clause });
      return undefined;
    }
    if (raw["@context"] !== undefined) {
      const at = { owner, path: `${path}/@context` };
      const context = readContext(raw["@context"], outer.context, at, this.issues, this.#tolerant);
      if (context === undefined || !this.#versionFits(context, rule, scope)) {
        return undefined;
      }
      scope.context = context;
    }
    return this.#read(raw, rule, scope);
  }

  #versionFits({ version }: Context, rule: ElementRule, outer: Scope): boolean {
    const around = outer.context.version;
    if (version === around || (version < around && rule.older === true)) {
      return true;
    }
    const message = `An element of DTDL v${version} cannot stand here inside one of v${around}.`;
    const expected = `DTDL v${around}`;
    const clause = "DTDL v3, Context";
    this.issues.add({ code: "version.nested", at: outer, message, found: `v${version}`, expected, clause });
    return false;
  }

  #read(raw: Readonly<Record<string, unknown>>, rule: ElementRule, scope: Scope): Element | undefined {
    const { context } = scope;
    if (isBareReference(raw)) {
      const message = "An element elsewhere is referred to by its id alone, a string.";
      const expected = JSON.stringify(raw["@id"]);
      const clause = "DTDL element";
      this.issues.add({ code: "reference.object", at: scope, message, found: raw, expected, clause });
      return undefined;
    }
    const types = readTypes(raw["@type"], rule.classes, rule.implied, context, scope, this.issues);
    if (types === undefined) {
      this.failed.add(ownerOf(raw));
      return undefined;
    }
    const { cls } = types;
    const owner = ownerOf(raw);
    if (cls === "Interface" && scope.depth > 0 && owner !== "") {
      scope.owner = owner;
      scope.path = "";
    }
    const element: Element = {
      cls,
      version: context.version,
      id: readId(raw["@id"], cls, rule, scope, this.issues),
      primitive: undefined,
      types: types.words,
      cotypes: types.cotypes,
      partition: scope.partition,
      owner: scope.owner,
      path: scope.path,
      members: {},
      source: raw,
    };
    this.all.push(element);
    this.#register(element);
    if (cls === "Interface") {
      scope.partition = element;
    }
    this.#readMembers(element, raw, types.informal, scope);
    return element;
  }

  #register(element: Element): void {
    if (element.id === undefined) {
      return;
    }
    if (!this.byId.has(element.id)) {
      this.byId.set(element.id, element);
      return;
    }
    const at = { owner: element.owner, path: `${element.path}/@id` };
    const message = "Another element has this id.";
    const clause = `DTDL v${element.version}, ${element.cls}, @id`;
    this.issues.add({ code: "id.duplicate", at, message, found: element.id, expected: "an id of its own", clause });
  }

  #readMembers(element: Element, raw: Readonly<Record<string, unknown>>, informal: boolean, scope: Scope): void {
    const { cls, version, cotypes } = element;
    const known = METAMODEL[version][cls];
    const seen: string[] = [];
    for (const key of Object.keys(raw)) {
      if (key.startsWith("@")) {
        this.#checkKeyword(key, element, scope);
        continue;
      }
      const found = findMember(key, known, version, cotypes);
      if (found !== undefined) {
        this.#readMember(element, found, key, raw[key], seen, scope);
      } else if (!informal || (version === 3 && key.includes(":") && !isDtmi(key, 3))) {
        this.#unknownMember(key, known, element, scope);
      }
      if (this.issues.full) {
        return;
      }
    }
    this.#checkRequired(known, seen, cls, element, scope);
    for (const cotype of cotypes) {
      this.#checkRequired(cotype.members, seen, cotype.term, element, scope);
    }
  }

  #readMember(element: Element, term: string, key: string, raw: unknown, seen: string[], scope: Scope): void {
    if (seen.includes(term)) {
      this.#twice(key, term, element, scope);
      return;
    }
    seen.push(term);
    const rule = ruleOf(term, METAMODEL[element.version][element.cls], element.cotypes);
    if (rule !== undefined) {
      this.#members.read(element, term, key, rule, raw, scope);
    }
  }

  #twice(key: string, term: string, element: Element, scope: Scope): void {
    const at = { owner: scope.owner, path: `${scope.path}/${key}` };
    const message = `${term} is there twice, by term and by DTMI.`;
    const clause = `DTDL v${element.version}, ${element.cls}, ${term}`;
    this.issues.add({ code: "member.duplicate", at, message, found: key, expected: "one of them", clause });
  }

  #checkKeyword(key: string, { version, cls }: Element, scope: Scope): void {
    const known = key === "@id" || key === "@type" || key === "@context";
    if (!known && (version === 3 || key === "@graph")) {
      const at = { owner: scope.owner, path: `${scope.path}/${escapeSegment(key)}` };
      const message = "A keyword of JSON-LD that is not allowed.";
      const clause = `DTDL v${version}, ${cls}`;
      this.issues.add({ code: "member.keyword", at, message, found: key, expected: "@context, @id or @type", clause });
    }
  }

  #unknownMember(key: string, known: ClassRules, { version, cls }: Element, scope: Scope): void {
    const at = { owner: scope.owner, path: `${scope.path}/${escapeSegment(key)}` };
    const message = `${cls} has no member of this name.`;
    const expected = Object.keys(known).join(", ");
    const clause = `DTDL v${version}, ${cls}`;
    this.issues.add({ code: "member.unknown", at, message, found: key, expected, clause });
  }

  #checkRequired(rules: ClassRules, seen: readonly string[], owner: string, element: Element, scope: Scope): void {
    for (const term of requiredOf(rules)) {
      if (!seen.includes(term)) {
        const message = `${owner} needs ${term}.`;
        const clause = `DTDL v${element.version}, ${element.cls}`;
        const at = { owner: scope.owner, path: scope.path };
        this.issues.add({ code: "member.missing", at, message, found: undefined, expected: term, clause });
      }
    }
  }
}

/** Every issue tells it: an id beyond all sense is none, lest a thousand issues are as long as a thousand of it. */
function ownerOf(raw: Readonly<Record<string, unknown>>): string {
  const id = raw["@id"];
  return typeof id === "string" && id.length <= ID_LENGTH ? id : "";
}

function isBareReference(raw: object): boolean {
  const keys = Object.keys(raw);
  return keys.length === 1 && keys[0] === "@id";
}
