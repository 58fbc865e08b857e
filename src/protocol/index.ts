/** Names, payloads and codes that rooms and clients share. */
export { type LayoutDocument, type LayoutPlacement, layoutDocument, layoutJsonSchema } from "./layout.ts";
export * from "./names.ts";
export * as payloads from "./payloads.ts";
export type * from "./requests.ts";
export { visualTemplate } from "./visualSchemas.ts";
export * from "./visuals.ts";
