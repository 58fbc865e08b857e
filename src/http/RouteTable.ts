/**
 * Which route a path is: a tree of its parts, so that a request costs the same whatever the number of routes (an express
 * router tries an expression for each). Called by serveRoutes.
 */
import { TwinError } from "../errors.ts";
import type { Route } from "./Route.ts";

/** What there is at one path. */
interface Place {
  /** Of the path's parameters, in its order. */
  names: readonly string[];
  /** By method as HTTP writes it; HEAD is GET's. */
  routes: ReadonlyMap<string, Route>;
  /** For `Allow`. */
  methods: string;
}

export interface Found extends Place {
  params: Record<string, string>;
}

interface Node {
  named: Map<string, Node>;
  /** A parameter's: any part leads to it. */
  any?: Node;
  place?: Place;
}

export class RouteTable {
  readonly #root: Node = { named: new Map() };

  /** Names of a path's parts as in `/twins/:id`; a part that is named comes before a parameter. */
  constructor(routes: readonly Route[]) {
    for (const [path, atPath] of Map.groupBy(routes, (route) => route.path)) {
      this.#nodeFor(path).place = placeOf(path, atPath);
    }
  }

  /**
   * Upper and lower case count, a slash at the end does not.
   * @throws INVALID_PAYLOAD when a part cannot be decoded.
   */
  find(path: string): Found | undefined {
    const parts = path.split("/");
    if (parts.length > 2 && parts.at(-1) === "") {
      parts.pop();
    }
    const values: string[] = [];
    const place = match(this.#root, parts, 1, values);
    return place && { ...place, params: Object.fromEntries(place.names.map((name, i) => [name, values[i] ?? ""])) };
  }

  #nodeFor(path: string): Node {
    let node = this.#root;
    for (const part of path.split("/").slice(1)) {
      node = part.startsWith(":") ? anyOf(node) : namedOf(node, part);
    }
    return node;
  }
}

/** Depth first; `values` of the parameters on the way are in it when there is something at the end. */
function match(node: Node, parts: readonly string[], at: number, values: string[]): Place | undefined {
  const part = parts[at];
  if (part === undefined) {
    return node.place;
  }
  const named = node.named.get(part);
  const found = named && match(named, parts, at + 1, values);
  if (found !== undefined || node.any === undefined || part === "") {
    return found;
  }
  const depth = values.push(part) - 1;
  const below = match(node.any, parts, at + 1, values);
  if (below === undefined) {
    values.length = depth;
  } else {
    values[depth] = decoded(part);
  }
  return below;
}

function decoded(part: string): string {
  if (!part.includes("%")) {
    return part;
  }
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new TwinError("INVALID_PAYLOAD", "The path cannot be decoded: write % as %25.", { cause });
  }
}

function placeOf(path: string, routes: readonly Route[]): Place {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const byMethod = new Map(routes.map((route) => [route.method.toUpperCase(), route]));
  const get = byMethod.get("GET");
  const methods = [...byMethod.keys()].flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
  return { names, routes: get === undefined ? byMethod : byMethod.set("HEAD", get), methods };
}

function anyOf(node: Node): Node {
  node.any ??= { named: new Map() };
  return node.any;
}

function namedOf(node: Node, part: string): Node {
  const there = node.named.get(part) ?? { named: new Map() };
  node.named.set(part, there);
  return there;
}
