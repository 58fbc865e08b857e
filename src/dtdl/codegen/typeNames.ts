/**
 * TypeScript names for models: the last segment of the DTMI, with as much of what stands before it as is needed to tell
 * two apart, and the version where one name has several. Used by codegen.ts.
 */
import type { Dtmi, ModelGraph } from "../types.ts";

/** Every interface of the graph → a name of its own, the same in every run. */
export function typeNames(graph: ModelGraph): ReadonlyMap<Dtmi, string> {
  const names = new Map<Dtmi, string>();
  const ids = [...graph.interfaces.keys()];
  const longest = ids.reduce((most, id) => Math.max(most, pathOf(id).split(":").length), 0);
  let open = ids;
  for (let segments = 1; open.length > 0; segments++) {
    const groups = Map.groupBy(open, (id) => nameOf(id, segments));
    open = [];
    for (const [name, group] of groups) {
      if (isOnePath(group)) {
        nameVersions(name, group, names);
      } else if (segments < longest) {
        open.push(...group);
      } else {
        // Paths that differ in the case of first letters only: `separate` numbers them.
        for (const ofOnePath of Map.groupBy(group, pathOf).values()) {
          nameVersions(name, ofOnePath, names);
        }
      }
    }
  }
  return separate(ids, names);
}

/** Ids that differ in their version only. */
function isOnePath(ids: readonly Dtmi[]): boolean {
  return new Set(ids.map(pathOf)).size === 1;
}

function nameVersions(name: string, ids: readonly Dtmi[], names: Map<Dtmi, string>): void {
  for (const id of ids) {
    const version = id.slice(pathOf(id).length + 1).replace(".", "_");
    names.set(id, ids.length === 1 ? name : `${name}V${version}`);
  }
}

function pathOf(id: Dtmi): string {
  return id.split(";")[0] ?? id;
}

function nameOf(id: Dtmi, segments: number): string {
  const parts = pathOf(id).slice("dtmi:".length).split(":");
  return parts
    .slice(-segments)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("");
}

/** What is made of each name by codegen.ts. */
const SUFFIXES = ["", "Telemetry", "Commands", "Relationships", "State"];
/** Names that mean something in the generated file. */
const TAKEN =
  "Record Array Iterable TwinStateBase GenericTwinState ModelId Twins TwinValues TwinStates RoomTwin roomTwin decodeTwin String Number Boolean Object";

/** `A:BC` and `AB:C` could still meet, `Pump` with a State and `PumpState` too: the later one gets a number. */
function separate(ids: readonly Dtmi[], names: ReadonlyMap<Dtmi, string>): ReadonlyMap<Dtmi, string> {
  const taken = new Set(TAKEN.split(" "));
  const made = new Map<Dtmi, string>();
  for (const id of ids) {
    const wanted = names.get(id) ?? "Twin";
    let name = wanted;
    for (let n = 2; SUFFIXES.some((suffix) => taken.has(name + suffix)); n++) {
      name = `${wanted}${n}`;
    }
    for (const suffix of SUFFIXES) {
      taken.add(name + suffix);
    }
    made.set(id, name);
  }
  return made;
}
