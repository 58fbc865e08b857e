import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import { applyPatch, parsePointer, toPointer } from "../../../src/twins/jsonPatch.ts";
import type { JsonPatchOp } from "../../../src/twins/types.ts";

function refusal(target: object, patch: unknown): TwinError {
  try {
    applyPatch(target, patch as JsonPatchOp[]);
  } catch (error) {
    assert.ok(error instanceof TwinError);
    assert.equal(error.code, "INVALID_VALUE");
    return error;
  }
  return assert.fail("the patch was applied");
}

describe("applyPatch", () => {
  it("adds, replaces and removes in order", () => {
    const patch: JsonPatchOp[] = [
      { op: "add", path: "/a", value: { b: 1 } },
      { op: "replace", path: "/a/b", value: 2 },
      { op: "remove", path: "/old" },
    ];
    assert.deepEqual(applyPatch({ old: true }, patch), { a: { b: 2 } });
  });

  it("overwrites with add what is there", () => {
    assert.deepEqual(applyPatch({ a: 1 }, [{ op: "add", path: "/a", value: 2 }]), { a: 2 });
  });

  it("mutates neither target nor patch, and shares what it does not touch", () => {
    const value = { x: 1 };
    const target = { map: { p1: { x: 0 } }, other: { y: 1 } };
    const patch: JsonPatchOp[] = [
      { op: "add", path: "/map/p2", value },
      { op: "replace", path: "/map/p2/x", value: 5 },
    ];
    const after = applyPatch(target, patch);
    assert.deepEqual(after, { map: { p1: { x: 0 }, p2: { x: 5 } }, other: { y: 1 } });
    assert.deepEqual(target, { map: { p1: { x: 0 } }, other: { y: 1 } });
    assert.deepEqual(value, { x: 1 });
    assert.equal(after.other, target.other);
    assert.equal(after.map.p1, target.map.p1);
  });

  it("unescapes ~1 and ~0 in that order", () => {
    assert.deepEqual(applyPatch({ "a/b": 1, "~1": 2 }, [{ op: "replace", path: "/a~1b", value: 3 }]), {
      "a/b": 3,
      "~1": 2,
    });
    assert.deepEqual(applyPatch({ "~1": 2 }, [{ op: "replace", path: "/~01", value: 4 }]), { "~1": 4 });
    assert.deepEqual(parsePointer("/a~1b/c~0d"), ["a/b", "c~d"]);
    assert.equal(toPointer(["a/b", "c~d"]), "/a~1b/c~0d");
  });

  it("handles array members by index and at the end", () => {
    const patch: JsonPatchOp[] = [
      { op: "add", path: "/list/-", value: 3 },
      { op: "add", path: "/list/0", value: 0 },
      { op: "replace", path: "/list/1", value: 10 },
      { op: "remove", path: "/list/2" },
    ];
    assert.deepEqual(applyPatch({ list: [1, 2] }, patch), { list: [0, 10, 3] });
    assert.equal(refusal({ list: [1] }, [{ op: "add", path: "/list/5", value: 1 }]).details[0]?.path, "/list/5");
    assert.equal(refusal({ list: [1] }, [{ op: "remove", path: "/list/-" }]).details[0]?.path, "/list/-");
  });

  for (const [name, target, patch, path] of [
    ["replace of an unset member", {}, [{ op: "replace", path: "/a", value: 1 }], "/a"],
    ["remove of an unset member", {}, [{ op: "remove", path: "/a" }], "/a"],
    ["a missing parent", {}, [{ op: "add", path: "/a/b", value: 1 }], "/a/b"],
    ["a path into a plain value", { a: 1 }, [{ op: "add", path: "/a/b", value: 1 }], "/a/b"],
    ["an operation Azure does not know", { a: 1 }, [{ op: "move", from: "/a", path: "/b" }], "/b"],
    ["a missing value", {}, [{ op: "add", path: "/a" }], "/a"],
    ["the whole document", {}, [{ op: "add", path: "", value: {} }], ""],
    ["a path without slash", {}, [{ op: "add", path: "a", value: 1 }], "a"],
    ["a bad escape", {}, [{ op: "add", path: "/a~2", value: 1 }], "/a~2"],
    ["a missing op", {}, [{ path: "/a", value: 1 }], "/a"],
    ["the prototype", {}, [{ op: "add", path: "/__proto__/polluted", value: 1 }], "/__proto__/polluted"],
    ["the prototype itself", {}, [{ op: "add", path: "/__proto__", value: { polluted: 1 } }], "/__proto__"],
    ["an inherited member", {}, [{ op: "replace", path: "/toString", value: 1 }], "/toString"],
    ["a member of the constructor", {}, [{ op: "add", path: "/constructor/x", value: 1 }], "/constructor/x"],
  ] as const) {
    it(`refuses ${name}, naming the path`, () => {
      const error = refusal(target, patch);
      assert.equal(error.details[0]?.path, path);
      assert.equal(Reflect.get({}, "polluted"), undefined);
    });
  }

  it("refuses what is no patch", () => {
    assert.equal(refusal({}, { op: "add" }).details[0]?.path, "");
    assert.equal(refusal({}, [null]).details[0]?.path, "");
  });

  it("leaves the target alone when a later operation fails", () => {
    const target = { a: 1 };
    refusal(target, [
      { op: "replace", path: "/a", value: 2 },
      { op: "remove", path: "/b" },
    ]);
    assert.deepEqual(target, { a: 1 });
  });
});
