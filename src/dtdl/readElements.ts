/**
 * First stage of parseModels: JSON documents → elements. Walks each object along the metamodel, so that every member's
 * rule (type, length, pattern, count, class) is checked here; what needs more than one element comes later.
 */
import { isDtmi } from "./dtmi.ts";
import type { Element, Ref } from "./Element.ts";
import type { IssueList } from "./IssueList.ts";
import {
  CLASS_NAMES,
  type ClassName,
  type ElementRule,
  GEOSPATIAL,
  LIMITS,
  METAMODEL,
  PRIMITIVES,
  type Rule,
  type Version,
} from "./metamodel.ts";
import { escapeSegment } from "./pointer.ts";
import type { Dtmi, GeospatialKind, PrimitiveKind } from "./types.ts";

const CONTEXT = /^dtmi:dtdl:context;(\d+)(?:\.\d+)?$/;
const MAX_NESTING = 64;

export interface Read {
  /** Interfaces at the top level, in their order. */
  roots: Element[];
  /** Every element with an id. */
  byId: Map<Dtmi, Element>;
  /** Every element, a parent before its children. */
  all: Element[];
}

interface Scope {
  version: Version;
  owner: Dtmi;
  path: string;
  depth: number;
}

export function readElements(documents: readonly unknown[], issues: IssueList): Read {
  const reader = new ElementReader(issues);
  documents.forEach((document, index) => {
    const list = Array.isArray(document) ? document : [document];
    for (const item of list) {
      reader.readRoot(item, index);
    }
  });
  return reader.read;
}

/** The one primitive element of each kind and version; shared by all who refer to it. */
const primitives = new Map<string, Element>();
for (const version of [2, 3] as const) {
  for (const primitive of [...PRIMITIVES, ...GEOSPATIAL] as (PrimitiveKind | GeospatialKind)[]) {
    const source = {};
    primitives.set(`${version}:${primitive}`, {
      cls: "Primitive",
      version,
      id: `dtmi:dtdl:instance:Schema:${primitive};2`,
      primitive,
      cotypes: [],
      owner: "",
      path: "",
      members: {},
      source,
    });
  }
}

class ElementReader {
  readonly read: Read = { roots: [], byId: new Map(), all: [] };
  readonly #issues: IssueList;

  constructor(issues: IssueList) {
    this.#issues = issues;
  }

  readRoot(item: unknown, index: number): void {
    const place = { owner: "", path: `/${index}` };
    if (item === null || typeof item !== "object" || Array.isArray(item)) {
      this.#issues.add("document.type", place, "A model is an object.", item, "an Interface", "DTDL v3, Interface");
      return;
    }
    const source: Record<string, unknown> = { ...item };
    const id = source["@id"];
    const owner = typeof id === "string" ? id : "";
    const version = this.#contextVersion(source["@context"], { owner, path: "/@context" });
    if (version !== undefined) {
      const element = this.#readElement(item, ["Interface"], undefined, { version, owner, path: "", depth: 0 });
      if (element !== undefined) {
        this.read.roots.push(element);
      }
    }
  }

  #contextVersion(context: unknown, place: { owner: string; path: string }): Version | undefined {
    const first: unknown = Array.isArray(context)
      ? context.find((c) => typeof c === "string" && CONTEXT.test(c))
      : context;
    const match = typeof first === "string" ? CONTEXT.exec(first) : null;
    const version = match?.[1];
    if (version === "2" || version === "3") {
      return version === "2" ? 2 : 3;
    }
    const expected = '"dtmi:dtdl:context;2" or "dtmi:dtdl:context;3"';
    const clause = "DTDL v3, Context";
    if (version === "4") {
      this.#issues.add(
        "context.v4",
        place,
        "This is DTDL v4, which Azure Digital Twins does not take.",
        first,
        expected,
        clause,
      );
    } else {
      this.#issues.add("context.unknown", place, "The version of DTDL cannot be told.", context, expected, clause);
    }
    return undefined;
  }

  #readElement(
    source: object,
    allowed: readonly ClassName[],
    implied: ClassName | undefined,
    scope: Scope,
  ): Element | undefined {
    const raw = source as Readonly<Record<string, unknown>>;
    if (scope.depth > MAX_NESTING) {
      this.#issues.add(
        "document.depth",
        scope,
        "The nesting is too deep.",
        "more",
        `at most ${MAX_NESTING} levels`,
        "",
      );
      return undefined;
    }
    const typed = this.#readTypes(raw["@type"], allowed, implied, scope);
    if (typed === undefined) {
      return undefined;
    }
    const element: Element = {
      cls: typed.cls,
      version: scope.version,
      id: this.#readId(raw["@id"], typed.cls, scope),
      primitive: undefined,
      cotypes: typed.cotypes,
      owner: scope.owner,
      path: scope.path,
      members: {},
      source,
    };
    this.read.all.push(element);
    this.#register(element);
    this.#readMembers(element, raw, scope);
    return element;
  }

  #register(element: Element): void {
    if (element.id === undefined) {
      return;
    }
    const other = this.read.byId.get(element.id);
    if (other === undefined) {
      this.read.byId.set(element.id, element);
    } else if (JSON.stringify(other.source) !== JSON.stringify(element.source)) {
      const place = { owner: element.owner, path: `${element.path}/@id` };
      this.#issues.add(
        "id.duplicate",
        place,
        "Another element has this id.",
        element.id,
        "an id of its own",
        "Digital Twin Model Identifier",
      );
    }
  }

  #readTypes(
    raw: unknown,
    allowed: readonly ClassName[],
    implied: ClassName | undefined,
    scope: Scope,
  ): { cls: ClassName; cotypes: string[] } | undefined {
    const place = { owner: scope.owner, path: `${scope.path}/@type` };
    const expected = allowed.join(", ");
    if (raw === undefined && implied !== undefined) {
      return { cls: implied, cotypes: [] };
    }
    const types: unknown[] = Array.isArray(raw) ? raw : [raw];
    const names = types.filter((type) => typeof type === "string");
    const classes = names.filter((name) => CLASS_NAMES.has(name)) as ClassName[];
    const cls = classes[0] ?? implied;
    if (names.length !== types.length || cls === undefined) {
      this.#issues.add("type.missing", place, "An element needs a type.", raw, expected, "DTDL element");
      return undefined;
    }
    if (classes.length > 1 || !allowed.includes(cls)) {
      this.#issues.add(
        "type.wrong",
        place,
        `${classes.join(" and ")} cannot stand here.`,
        raw,
        expected,
        "DTDL element",
      );
      return undefined;
    }
    return { cls, cotypes: names.filter((name) => !CLASS_NAMES.has(name)) };
  }

  #readId(raw: unknown, cls: ClassName, scope: Scope): Dtmi | undefined {
    const place = { owner: scope.owner, path: `${scope.path}/@id` };
    const limits = LIMITS[scope.version];
    const longest = cls === "Interface" ? limits.interfaceIdLength : limits.idLength;
    const expected = `a DTMI of at most ${longest} characters, such as dtmi:com:example:Pump;1`;
    const clause = "Digital Twin Model Identifier";
    if (raw === undefined && cls !== "Interface") {
      return undefined;
    }
    if (typeof raw !== "string") {
      this.#issues.add("id.missing", place, "An Interface needs an id.", raw, expected, clause);
    } else if (!isDtmi(raw, scope.version)) {
      this.#issues.add("id.pattern", place, "This is no DTMI.", raw, expected, clause);
    } else if (raw.length > longest) {
      this.#issues.add("id.length", place, "This id is too long.", raw, expected, clause);
    } else if (raw.startsWith("dtmi:dtdl:") || raw.startsWith("dtmi:standard:")) {
      this.#issues.add("id.reserved", place, "Ids of this prefix are the language's own.", raw, expected, clause);
    } else {
      return raw;
    }
    return undefined;
  }

  #readMembers(element: Element, raw: Readonly<Record<string, unknown>>, scope: Scope): void {
    const known = METAMODEL[scope.version][element.cls];
    const clause = `DTDL v${scope.version}, ${element.cls}`;
    for (const key of Object.keys(raw)) {
      if (key.startsWith("@")) {
        continue;
      }
      const rule = Object.hasOwn(known, key) ? known[key] : undefined;
      const at: Scope = { ...scope, path: `${scope.path}/${escapeSegment(key)}`, depth: scope.depth + 1 };
      if (rule !== undefined) {
        this.#readMember(element, key, rule, raw[key], at, clause);
      } else if (element.cotypes.length === 0) {
        this.#issues.add(
          "member.unknown",
          at,
          `${element.cls} has no member ${key}.`,
          key,
          Object.keys(known).join(", "),
          clause,
        );
      }
    }
    for (const key of Object.keys(known)) {
      const rule = known[key];
      if (rule !== undefined && "required" in rule && rule.required === true && raw[key] === undefined) {
        this.#issues.add("member.missing", scope, `${element.cls} needs ${key}.`, undefined, key, clause);
      }
    }
  }

  #readMember(element: Element, key: string, rule: Rule, raw: unknown, at: Scope, clause: string): void {
    const members = element.members as Record<string, unknown>;
    switch (rule.type) {
      case "string": {
        const fits = typeof raw === "string" && raw.length <= rule.maxLength;
        if (fits && (rule.pattern === undefined || rule.pattern.test(raw))) {
          members[key] = raw;
        } else {
          const letters = rule.pattern === undefined ? "" : " of letters, digits and _, starting with a letter";
          this.#issues.add(
            `${key}.${fits ? "pattern" : "length"}`,
            at,
            `This ${key} is not allowed.`,
            raw,
            `a string${letters}, at most ${rule.maxLength} characters`,
            clause,
          );
        }
        return;
      }
      case "localized":
        members[key] = this.#readLocalized(raw, rule.maxLength, at, clause);
        return;
      case "boolean":
        if (typeof raw === "boolean") {
          members[key] = raw;
        } else {
          this.#issues.add("member.type", at, `${key} is a boolean.`, raw, "true or false", clause);
        }
        return;
      case "integer":
        if (typeof raw === "number" && Number.isInteger(raw) && raw >= rule.min && raw <= rule.max) {
          members[key] = raw;
        } else {
          this.#issues.add(
            "member.range",
            at,
            `${key} is out of range.`,
            raw,
            `an integer from ${rule.min} to ${rule.max}`,
            clause,
          );
        }
        return;
      case "literal":
        if (typeof raw === "string" || (typeof raw === "number" && Number.isInteger(raw))) {
          members[key] = raw;
        } else {
          this.#issues.add(
            "member.type",
            at,
            `${key} is a string or an integer.`,
            raw,
            "a string or an integer",
            clause,
          );
        }
        return;
      case "reference":
        if (typeof raw === "string" && isDtmi(raw, at.version)) {
          members[key] = raw;
        } else {
          this.#issues.add("id.pattern", at, `${key} is the id of an Interface.`, raw, "a DTMI", clause);
        }
        return;
      case "element":
        this.#readElements(members, key, rule, raw, at, clause);
        return;
      default:
        members[key] = raw;
    }
  }

  #readLocalized(raw: unknown, maxLength: number, at: Scope, clause: string): string | undefined {
    const texts: unknown[] = typeof raw === "object" && raw !== null ? Object.values(raw) : [raw];
    if (!texts.every((text) => typeof text === "string" && text.length <= maxLength)) {
      this.#issues.add(
        "text",
        at,
        "This text is not allowed.",
        raw,
        `a string of at most ${maxLength} characters, or one by language`,
        clause,
      );
      return undefined;
    }
    const byLanguage: Record<string, string> = typeof raw === "object" ? { ...raw } : { en: String(raw) };
    return byLanguage["en"] ?? Object.values(byLanguage)[0];
  }

  #readElements(
    members: Record<string, unknown>,
    key: string,
    rule: ElementRule,
    raw: unknown,
    at: Scope,
    clause: string,
  ): void {
    if (rule.many !== true) {
      members[key] = this.#readRef(rule, raw, at, clause);
      return;
    }
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    if (rule.maxCount !== undefined && list.length > rule.maxCount) {
      this.#issues.add(`${key}.count`, at, `Too many ${key}.`, list.length, `at most ${rule.maxCount}`, clause);
      return;
    }
    const refs: Ref[] = [];
    list.forEach((item, index) => {
      const path = Array.isArray(raw) ? `${at.path}/${index}` : at.path;
      const ref = this.#readRef(rule, item, { ...at, path }, clause);
      if (ref !== undefined) {
        refs.push(ref);
      }
    });
    members[key] = refs;
  }

  #readRef(rule: ElementRule, raw: unknown, at: Scope, clause: string): Ref | undefined {
    if (typeof raw === "string") {
      const primitive = rule.schema === true ? primitives.get(`${at.version}:${raw}`) : undefined;
      if (primitive !== undefined || isDtmi(raw, at.version)) {
        return primitive ?? raw;
      }
    } else if (raw !== null && typeof raw === "object" && !Array.isArray(raw)) {
      const id: unknown = (raw as Record<string, unknown>)["@id"];
      const owner = rule.classes[0] === "Interface" && typeof id === "string" ? id : at.owner;
      return this.#readElement(raw, rule.classes, rule.implied, {
        ...at,
        owner,
        path: owner === at.owner ? at.path : "",
      });
    }
    const named = rule.schema === true ? "a primitive, " : "";
    this.#issues.add(
      "member.type",
      at,
      "Neither an element nor the id of one.",
      raw,
      `${named}${rule.classes.join(", ")}`,
      clause,
    );
    return undefined;
  }
}
