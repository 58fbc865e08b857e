/**
 * Fields that clients are told of before the object has their value: it gets them when somebody reads one. Of a thousand
 * values that change between two patches usually none is read here, and to bring each into its object would cost more than
 * to tell 200 clients of it. TwinSchemas makes fields late; ShownTwin is where their values come from.
 */
import type { TwinClass, TwinState } from "./states.ts";

/** Where a twin's late values are. */
export interface LateSource {
  /** Brings them into the twin, past its setters: clients know them, or will be told. */
  catchUp(): void;
}

const SOURCE = Symbol("source");
interface Late {
  [SOURCE]?: LateSource;
}

export function setLateSource(twin: TwinState, source: LateSource): void {
  (twin as unknown as Late)[SOURCE] = source;
}

/**
 * From now on these fields of the class are up to date when they are read, by whomever; also by Colyseus before it encodes
 * an object in full (plugins/sync/internals says where).
 */
export function makeLate(Class: TwinClass, fields: readonly string[]): void {
  for (const field of fields) {
    const found = descriptorOf(Class.prototype, field);
    Object.defineProperty(Class.prototype, field, {
      ...found,
      get(this: Late) {
        this[SOURCE]?.catchUp();
        return found?.get?.call(this);
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
