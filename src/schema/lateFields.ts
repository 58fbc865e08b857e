/**
 * Fields that clients are told of before the object has their value: it gets them when somebody reads one. Of a thousand
 * values that change between two patches usually none is read here, and to bring each into its object would cost more than
 * to tell 200 clients of it. TwinSchemas makes fields late; ShownTwin is where their values come from.
 */
import { $values } from "@colyseus/schema";
import type { Field, TwinClass, TwinState } from "./states.ts";

/** Where a twin's late values are. */
export interface LateSource {
  /** The twin has not all of them: clients know them, or will be told. */
  readonly isBehind: boolean;
  /** Brings them into the twin, past its setters. */
  catchUp(): void;
}

const SOURCE = Symbol("source");
interface Late {
  [SOURCE]?: LateSource;
  [$values]: unknown[];
}

export function setLateSource(twin: TwinState, source: LateSource): void {
  (twin as unknown as Late)[SOURCE] = source;
}

/**
 * From now on these fields of the class are up to date when they are read, by whomever; also by Colyseus before it encodes
 * an object in full (plugins/sync/internals says where).
 */
export function makeLate(Class: TwinClass, fields: Iterable<Field>): void {
  for (const { field, index } of fields) {
    Object.defineProperty(Class.prototype, field, {
      ...descriptorOf(Class.prototype, field),
      get(this: Late) {
        const source = this[SOURCE];
        if (source?.isBehind) {
          source.catchUp();
        }
        return this[$values][index];
      },
    });
  }
}

function descriptorOf(prototype: object, field: string): PropertyDescriptor | undefined {
  for (let at: object | null = prototype; at; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertyDescriptor(at, field);
    if (found) {
      return found;
    }
  }
  return undefined;
}
