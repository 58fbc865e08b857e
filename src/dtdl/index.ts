/**
 * DTDL v2 and v3: parse, resolve, validate, generate. Pure: no I/O, nothing of ours imported, usable by itself.
 */
export { type CodegenOptions, type GeneratedCode, generateCode } from "./codegen.ts";
export { DtdlParseError } from "./DtdlParseError.ts";
export { forAzure, interfacesForAzure, separateInterfaces } from "./forAzure.ts";
export { parseModels } from "./parseModels.ts";
export { type ResolvedPath, resolvePath } from "./resolvePath.ts";
export type * from "./types.ts";
export { type PatchOptions, validatePatch } from "./validatePatch.ts";
export { validateRelationship, validateTwin } from "./validateTwin.ts";
export { validateValue } from "./validateValue.ts";
