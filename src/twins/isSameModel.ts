/** Is what a provider lists the model that is held? A held one is whole, while Azure keeps no Commands of it. Pure. */
import { isDeepStrictEqual } from "node:util";
import { forAzure } from "../dtdl/index.ts";

export function isSameModel(held: object, listed: object): boolean {
  return isDeepStrictEqual(held, listed) || isDeepStrictEqual(asJson(forAzure(held)), asJson(listed));
}

/** Without what JSON does not say: a listed one went over the wire. */
function asJson(model: object): unknown {
  return JSON.parse(JSON.stringify(model));
}
