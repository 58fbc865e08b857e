// Contexts, whole Interfaces, and members of any kind in the wrong place.
import type { Random } from "../../../support/Random.ts";
import { anything, asList, named, type Rule, set, typed, version, withKey } from "./bricks.ts";
import { CONTEXTS, JUNK, KEYS } from "./values.ts";

export const DOCUMENTS: readonly Rule[] = [
  {
    name: "unknown member",
    where: anything,
    change: (o, r) => {
      o[r.pick(KEYS)] = r.pick([1, "x", {}]);
    },
  },
  {
    name: "member by DTMI",
    where: named,
    change: (o, r, documents) => {
      const v = r.pick([version(documents), 2, 3]);
      o[`dtmi:dtdl:property:name;${v}`] = o["name"];
      delete o["name"];
    },
  },
  {
    name: "member by term and DTMI",
    where: named,
    change: (o, _r, documents) => {
      o[`dtmi:dtdl:property:name;${version(documents)}`] = o["name"];
    },
  },
  { name: "context", where: withKey("@context"), change: set("@context", (r: Random) => r.pick(CONTEXTS)) },
  { name: "context inside", where: anything, change: set("@context", (r: Random) => r.pick(CONTEXTS)) },
  {
    name: "interface again",
    where: typed("Interface"),
    change: (o, _r, documents) => {
      documents.push(structuredClone(o));
    },
  },
  {
    name: "interface gone",
    where: typed("Interface"),
    change: (o, _r, documents) => {
      const at = documents.indexOf(o);
      if (at >= 0) {
        documents.splice(at, 1);
      }
    },
  },
  {
    name: "any member gone",
    where: anything,
    change: (o, r) => {
      delete o[r.pick(Object.keys(o))];
    },
  },
  {
    name: "any member junk",
    where: anything,
    change: (o, r) => {
      o[r.pick(Object.keys(o))] = r.pick(JUNK);
    },
  },
  {
    name: "any member in an array",
    where: anything,
    change: (o, r) => {
      const key = r.pick(Object.keys(o));
      o[key] = [o[key]];
    },
  },
  {
    name: "any member twice in an array",
    where: anything,
    change: (o, r) => {
      const key = r.pick(Object.keys(o));
      o[key] = [...asList(o[key]), ...asList(o[key])];
    },
  },
  {
    name: "two members swapped",
    where: anything,
    change: (o, r) => {
      const [a, b] = [r.pick(Object.keys(o)), r.pick(Object.keys(o))];
      [o[a], o[b]] = [o[b], o[a]];
    },
  },
];
