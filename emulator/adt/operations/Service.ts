/**
 * What operations work with: the instance, the endpoints of event routes, and `emit`.
 */
import { type TwinServiceEvent, toNotification } from "../events/toNotification.ts";
import type { ServiceRequest } from "../http/types.ts";
import type { Instance } from "../Instance.ts";

export interface Service {
  readonly instance: Instance;
  /** Endpoint name of an event route → hub. */
  readonly endpoints: ReadonlyMap<string, string>;
  /** Sends an event to every hub that a route of the instance says, together with the writes of this request. */
  emit(request: ServiceRequest, event: TwinServiceEvent): void;
}

export function newService(options: {
  instance: Instance;
  endpoints: ReadonlyMap<string, string>;
  /** The host that events name as their source. */
  source: () => string;
}): Service {
  const { instance, endpoints, source } = options;
  return {
    instance,
    endpoints,
    emit: (request, event) => {
      if (instance.routes.size === 0) {
        return;
      }
      const { attributes, message } = toNotification(event, {
        host: source(),
        time: request.time,
        traceparent: request.header("traceparent"),
      });
      for (const route of instance.routes.values()) {
        const hub = endpoints.get(route.endpointName);
        if (hub !== undefined && route.matches(attributes)) {
          instance.notify(hub, message);
        }
      }
    },
  };
}
