/**
 * `@type` of an element: exactly one class, and co-types beside it. What v2 does not know is a partner's and ignored
 * ("informally co-typed"); v3 allows nothing that is unknown. Called by ElementReader.
 */
import type { Context } from "./context.ts";
import { isDtmi } from "./dtmi.ts";
import { type CoType, findCoTypeById, SEMANTIC_TYPES_V2 } from "./extensions.ts";
import type { IssueList, Place } from "./IssueList.ts";
import { type ClassName, classOf, type Version } from "./metamodel.ts";
import { CLASSES_OF_V3, isClassId, RESERVED } from "./vocabulary.ts";

export interface Types {
  cls: ClassName;
  cotypes: readonly CoType[];
  /** All beside the class, as written. */
  words: readonly string[];
  /** Has a type that nobody here knows, and so may have members that nobody knows. */
  informal: boolean;
}

const NONE: readonly never[] = [];

/** undefined after a fault, which is in `issues`. */
export function readTypes(
  raw: unknown,
  allowed: readonly ClassName[],
  implied: ClassName | undefined,
  context: Context,
  at: Place,
  issues: IssueList,
): Types | undefined {
  if (typeof raw === "string" && allowed.includes(raw as ClassName) && classOf(raw, context.version) !== undefined) {
    return { cls: raw as ClassName, cotypes: NONE, words: NONE, informal: false };
  }
  if (raw === undefined && implied !== undefined) {
    return { cls: implied, cotypes: NONE, words: NONE, informal: false };
  }
  return new TypeReader(allowed, context, at, issues).read(raw);
}

class TypeReader {
  readonly #allowed: readonly ClassName[];
  readonly #context: Context;
  readonly #at: Place;
  readonly #issues: IssueList;
  readonly #classes = new Set<ClassName>();
  readonly #cotypes: CoType[] = [];
  readonly #words: string[] = [];
  #informal = false;

  constructor(allowed: readonly ClassName[], context: Context, at: Place, issues: IssueList) {
    this.#allowed = allowed;
    this.#context = context;
    this.#at = { owner: at.owner, path: `${at.path}/@type` };
    this.#issues = issues;
  }

  read(raw: unknown): Types | undefined {
    const words: unknown[] = Array.isArray(raw) ? raw : raw === undefined ? [] : [raw];
    for (const word of words) {
      if (typeof word !== "string") {
        return this.#fault("type.type", "A type is a string.", word);
      }
      if (!this.#readWord(word)) {
        return undefined;
      }
    }
    return this.#result(raw);
  }

  #readWord(word: string): boolean {
    const cls = classOf(word, this.#context.version);
    if (cls !== undefined) {
      this.#classes.add(cls);
      return true;
    }
    const found = this.#cotype(word);
    this.#words.push(word);
    if (found === "informal") {
      this.#informal = true;
    } else if (found !== undefined && !this.#cotypes.includes(found)) {
      this.#cotypes.push(found);
    }
    return found !== undefined;
  }

  #result(raw: unknown): Types | undefined {
    const [cls, another] = this.#classes;
    if (cls === undefined) {
      return this.#fault("type.missing", "The element does not say what it is.", raw);
    }
    if (another !== undefined) {
      return this.#fault("type.multiple", `An element cannot be ${cls} and ${another} at once.`, raw);
    }
    if (!this.#allowed.includes(cls)) {
      return this.#fault("type.class", `${cls} cannot stand here.`, raw);
    }
    return { cls, cotypes: this.#cotypes, words: this.#words, informal: this.#informal };
  }

  #cotype(word: string): CoType | "informal" | undefined {
    const { version, extensions } = this.#context;
    const known = (version === 2 ? SEMANTIC_TYPES_V2.get(word) : undefined) ?? findCoTypeById(word);
    if (known !== undefined) {
      return known;
    }
    for (const extension of extensions.values()) {
      const type = extension.types.get(word);
      if (type !== undefined) {
        return type;
      }
    }
    return this.#unknown(word, version);
  }

  #unknown(word: string, version: Version): "informal" | undefined {
    const { open } = this.#context;
    if (word.startsWith("dtmi:")) {
      const sound = isDtmi(word, version);
      return sound && open && !isClassId(word)
        ? "informal"
        : this.#fault(
            sound ? "type.unknown" : "type.dtmi",
            "No language or extension in force defines this type.",
            word,
          );
    }
    const isReserved = RESERVED[version].has(word) || CLASSES_OF_V3.has(word);
    // Members, units and instances mean nothing as a type, so that an unknown extension may give them a meaning.
    if (isReserved && !(open && /^[a-z]/.test(word))) {
      return this.#fault("type.class", `${word} is a word of the language that cannot stand here.`, word);
    }
    if (version === 2 || (open && !word.includes(":"))) {
      return "informal";
    }
    return this.#fault("type.unknown", "No language or extension in force defines this type.", word);
  }

  #fault(code: string, message: string, found: unknown): undefined {
    const expected = this.#allowed.join(", ");
    const clause = `DTDL v${this.#context.version}, DTDL element, @type`;
    this.#issues.add({ code, at: this.#at, message, found, expected, clause });
    return undefined;
  }
}
