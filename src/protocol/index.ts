/** Names, payloads and codes that rooms and clients share. */
export * from "./names.ts";
export * as payloads from "./payloads.ts";
