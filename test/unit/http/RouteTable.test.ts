import assert from "node:assert/strict";
import type { Route } from "../../../src/http/Route.ts";
import { RouteTable } from "../../../src/http/RouteTable.ts";

const route = (method: Route["method"], path: string): Route => ({
  method,
  path,
  id: `${method} ${path}`,
  tag: "",
  summary: "",
  access: "read",
  answers: {},
  run: () => Promise.reject(new Error("not called")),
});
const table = new RouteTable([
  route("get", "/twins"),
  route("post", "/twins"),
  route("get", "/twins/:id"),
  route("patch", "/twins/:id"),
  route("get", "/twins/:id/relationships/:rid"),
  route("get", "/twins/special"),
  route("get", "/twins/special/only"),
]);
const found = (path: string, method = "GET") => {
  const place = table.find(path);
  return place && [place.routes.get(method)?.id, place.params];
};

describe("RouteTable", () => {
  it("finds routes by their path and method, and their parameters", () => {
    assert.deepEqual(found("/twins"), ["get /twins", {}]);
    assert.deepEqual(found("/twins", "POST"), ["post /twins", {}]);
    assert.deepEqual(found("/twins/p1"), ["get /twins/:id", { id: "p1" }]);
    const relationship = ["get /twins/:id/relationships/:rid", { id: "p1", rid: "r1" }];
    assert.deepEqual(found("/twins/p1/relationships/r1"), relationship);
  });

  it("HEAD is GET's; other methods are told for Allow", () => {
    assert.deepEqual(found("/twins/p1", "HEAD"), ["get /twins/:id", { id: "p1" }]);
    assert.equal(table.find("/twins/p1")?.methods, "GET, HEAD, PATCH");
    assert.equal(table.find("/twins/p1")?.routes.get("PUT"), undefined);
  });

  it("a part that is named comes first, unless nothing is behind it", () => {
    assert.deepEqual(found("/twins/special"), ["get /twins/special", {}]);
    assert.deepEqual(found("/twins/special/only"), ["get /twins/special/only", {}]);
    const relationship = ["get /twins/:id/relationships/:rid", { id: "special", rid: "r" }];
    assert.deepEqual(found("/twins/special/relationships/r"), relationship);
  });

  it("parameters are decoded once, and a slash in one is no part of the path", () => {
    assert.deepEqual(found("/twins/a%2Fb"), ["get /twins/:id", { id: "a/b" }]);
    assert.deepEqual(found("/twins/100%2525"), ["get /twins/:id", { id: "100%25" }]);
    assert.throws(() => table.find("/twins/%E0%A4%A"), { code: "INVALID_PAYLOAD", status: 400 });
  });

  it("one slash at the end is as none; case, empty parts and names of Object.prototype are not found", () => {
    assert.deepEqual(found("/twins/"), ["get /twins", {}]);
    assert.deepEqual(found("/twins/p1/"), ["get /twins/:id", { id: "p1" }]);
    for (const path of ["/", "", "/Twins", "//twins", "/twins//", "/twins//relationships/r", "/twins/p1/nothing"]) {
      assert.equal(found(path), undefined, path);
    }
    assert.deepEqual(found("/twins/__proto__"), ["get /twins/:id", { id: "__proto__" }]);
    assert.equal(found("/constructor"), undefined);
  });
});
