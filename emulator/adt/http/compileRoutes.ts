/**
 * Patterns such as `/digitaltwins/:id` → method → operation, made into a function that finds the operation of a request.
 */
import { MethodNotAllowed, ServiceError } from "../ServiceError.ts";
import type { Operation, Parameters, ServiceRequest } from "./types.ts";

export type Routes = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

interface Route {
  segments: readonly string[];
  /** Of the parameters, at the places of their segments. */
  names: readonly (string | undefined)[];
  methods: ReadonlyMap<string, Operation>;
}
interface Found {
  operation: Operation;
  parameters: Parameters;
}

/** The function throws NotFound and MethodNotAllowed. */
export function compileRoutes(routes: Routes): (request: ServiceRequest) => Found {
  // Few patterns share their length.
  const byLength = Map.groupBy(
    Object.entries(routes).map(([pattern, methods]): Route => {
      const segments = pattern.slice(1).split("/");
      const names = segments.map((segment) => (segment.startsWith(":") ? segment.slice(1) : undefined));
      return { segments, names, methods: new Map(Object.entries(methods)) };
    }),
    ({ segments }) => segments.length,
  );

  return ({ path, method }) => {
    const found = byLength.get(path.length)?.find(({ segments }) => matches(segments, path));
    if (found === undefined) {
      throw new ServiceError("NotFound", `There is nothing at /${path.join("/")}.`);
    }
    const operation = found.methods.get(method);
    if (operation === undefined) {
      const allowed = [...found.methods.keys()].join(", ");
      throw new MethodNotAllowed(`${method} is not served at /${path.join("/")}, but ${allowed}.`, allowed);
    }
    return { operation, parameters: parametersOf(found, path) };
  };
}

function parametersOf({ names }: Route, path: readonly string[]): Parameters {
  const parameters: Record<string, string> = {};
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    if (name !== undefined) {
      parameters[name] = path[index] ?? "";
    }
  }
  return parameters;
}

function matches(segments: readonly string[], path: readonly string[]): boolean {
  return segments.every(
    (segment, index) => segment.startsWith(":") || segment === path[index] || segment === path[index]?.toLowerCase(),
  );
}
