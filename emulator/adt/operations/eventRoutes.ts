/**
 * `/eventroutes`: which events go to which endpoint. Endpoints are configured outside of the data plane.
 */
import { pageOf } from "../http/paging.ts";
import type { Operation } from "../http/types.ts";
import { routeEndpointInvalid, routeNotFound } from "../refusals.ts";
import { ServiceError } from "../ServiceError.ts";
import { type EventRoute, isObject } from "../types.ts";
import { LIMITS } from "./limits.ts";
import type { Service } from "./Service.ts";

export function eventRouteOperations(service: Service): Record<"list" | "get" | "put" | "remove", Operation> {
  const { instance, endpoints } = service;

  function find(id: string): EventRoute {
    const route = instance.routes.get(id);
    if (route === undefined) {
      throw routeNotFound();
    }
    return route;
  }

  return {
    list: (request) => pageOf(request, instance.routes.values(), show),
    get: (_request, { id = "" }) => ({ status: 200, body: show(find(id)) }),

    put: (request, { id = "" }) => {
      const { endpointName, filter } = readBody(request.json());
      if (!/^[\w-]{1,128}$/.test(id)) {
        throw new ServiceError("EventRouteIdInvalid", "An event route id has 1 to 128 letters, digits, - and _.");
      }
      if (!endpoints.has(endpointName)) {
        throw routeEndpointInvalid();
      }
      if (!instance.routes.has(id) && instance.routes.size >= LIMITS.eventRoutes) {
        throw new ServiceError("LimitExceeded", `An instance has at most ${LIMITS.eventRoutes} event routes.`);
      }
      const ordinal = instance.routes.get(id)?.ordinal ?? instance.nextOrdinal();
      instance.putRoute({ ordinal, id, endpointName, filter });
      return { status: 204 };
    },

    remove: (_request, { id = "" }) => {
      instance.deleteRoute(find(id).id);
      return { status: 204 };
    },
  };
}

function show({ id, endpointName, filter }: EventRoute): object {
  return { id, endpointName, filter };
}

function readBody(body: unknown): { endpointName: string; filter: string } {
  const { endpointName, filter } = isObject(body) ? body : {};
  if (typeof endpointName !== "string" || typeof filter !== "string") {
    throw new ServiceError("InvalidArgument", "An event route needs endpointName and filter.");
  }
  return { endpointName, filter };
}
