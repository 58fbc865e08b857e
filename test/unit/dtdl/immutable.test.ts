// Everybody in a process reads the same graph: nobody may change it for the others.
import assert from "node:assert/strict";
import { parseModels } from "../../../src/dtdl/index.ts";
import { extended, rich } from "./fixtures.ts";

/** Everything that can be reached, with the way to it; `source` is the caller's own document. */
function* reachable(value: unknown, path: string, seen = new Set<unknown>()): Generator<[string, object]> {
  if (value === null || typeof value !== "object" || seen.has(value)) {
    return;
  }
  seen.add(value);
  yield [path, value];
  const parts: Iterable<[unknown, unknown]> =
    value instanceof Map || value instanceof Set ? value.entries() : Object.entries(value);
  for (const [key, part] of parts) {
    if (key !== "source") {
      yield* reachable(part, `${path}/${String(key)}`, seen);
    }
  }
}

describe("a ModelGraph", () => {
  const graph = parseModels([...rich(), ...extended()]);
  const parts = [...reachable(graph, "")];

  it("is frozen in every part", () => {
    assert.ok(parts.length > 100);
    assert.deepEqual(
      parts.filter(([, part]) => !Object.isFrozen(part)).map(([path]) => path),
      [],
    );
  });

  it("has no map or set that can be written to", () => {
    let tried = 0;
    for (const [path, part] of parts) {
      const attempts: (() => unknown)[] = [];
      if (part instanceof Map) {
        attempts.push(
          () => part.set("x", 1),
          () => part.delete([...part.keys()][0]),
          () => part.clear(),
        );
      } else if (part instanceof Set) {
        attempts.push(
          () => part.add("x"),
          () => part.delete([...part][0]),
          () => part.clear(),
        );
      }
      for (const attempt of attempts) {
        tried++;
        assert.throws(attempt, /immutable/, path);
      }
    }
    assert.ok(tried > 30);
    assert.equal(graph.interfaces.has("x"), false);
  });

  it("parses again into a graph that holds the old one's models, as they were", () => {
    const more = parseModels([{ ...(rich()[1] as object), "@id": "dtmi:test:New;1" }], { known: graph });
    assert.equal(more.interfaces.size, graph.interfaces.size + 1);
    for (const [id, model] of graph.interfaces) {
      assert.equal(more.get(id), model);
    }
  });
});
