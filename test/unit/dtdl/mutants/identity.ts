// Names, ids, types, units and texts.
import type { Random } from "../../../support/Random.ts";
import {
  anyContent,
  anything,
  asList,
  type Json,
  named,
  type Rule,
  remove,
  set,
  typed,
  valued,
  withKey,
} from "./bricks.ts";
import { COTYPES, IDS, NAMES, SCHEMAS, TEXTS, TYPES, UNITS } from "./values.ts";

export const IDENTITY: readonly Rule[] = [
  { name: "name", where: named, change: set("name", (r: Random) => r.pick(NAMES)) },
  { name: "name missing", where: named, change: remove("name") },
  { name: "id of interface", where: typed("Interface"), change: set("@id", (r: Random) => r.pick(IDS)) },
  { name: "id of interface missing", where: typed("Interface"), change: remove("@id") },
  {
    name: "id of content",
    where: anyContent,
    change: set("@id", (r: Random) => r.pick([...IDS, `dtmi:${"a".repeat(2041)};1`, `dtmi:${"a".repeat(2042)};1`])),
  },
  { name: "id of anything", where: anything, change: set("@id", (r: Random) => r.pick(IDS)) },
  {
    name: "id duplicate",
    where: anyContent,
    change: (target, _r, documents) => {
      target["@id"] = documents[0]?.["@id"];
    },
  },
  { name: "type", where: withKey("@type"), change: set("@type", (r: Random) => r.pick(TYPES)) },
  { name: "type missing", where: withKey("@type"), change: remove("@type") },
  {
    name: "type on the untyped",
    where: (o) => named(o) && !("@type" in o),
    change: set("@type", (r: Random) => r.pick(TYPES)),
  },
  {
    name: "cotype",
    where: withKey("@type"),
    change: set("@type", (r: Random, o: Json) => [...asList(o["@type"]), r.pick(COTYPES)]),
  },
  {
    name: "cotype with unit",
    where: valued,
    change: (o, r) => {
      o["@type"] = [...asList(o["@type"]), r.pick(COTYPES)];
      o["unit"] = r.pick(UNITS);
    },
  },
  {
    name: "semantic type",
    where: valued,
    change: (o, r) => {
      o["@type"] = [...asList(o["@type"]).slice(0, 1), "Temperature"];
      o["unit"] = r.pick(UNITS);
      o["schema"] = r.pick(SCHEMAS);
    },
  },
  { name: "unit without type", where: valued, change: set("unit", (r: Random) => r.pick(UNITS)) },
  { name: "unit", where: withKey("unit"), change: set("unit", (r: Random) => r.pick(UNITS)) },
  { name: "unit missing", where: withKey("unit"), change: remove("unit") },
  { name: "displayName", where: anything, change: set("displayName", (r: Random) => r.pick(TEXTS)) },
  { name: "description", where: anything, change: set("description", (r: Random) => r.pick(TEXTS)) },
  { name: "comment", where: anything, change: set("comment", (r: Random) => r.pick(TEXTS)) },
];
