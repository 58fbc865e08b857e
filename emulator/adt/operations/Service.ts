/**
 * What operations work with: the instance, the clock, the endpoints of event routes, and `emit`.
 */
import { type EventSource, type TwinServiceEvent, toNotification } from "../events/toNotification.ts";
import type { Instance } from "../Instance.ts";
import { formatTime } from "../serviceTime.ts";

export interface Service {
  readonly instance: Instance;
  /** Endpoint name of an event route → hub. */
  readonly endpoints: ReadonlyMap<string, string>;
  /** Now, in the service's form. */
  now(): string;
  /** Sends an event to every hub that a route of the instance says, together with the writes of this request. */
  emit(event: TwinServiceEvent): void;
}

export function newService(options: {
  instance: Instance;
  endpoints: ReadonlyMap<string, string>;
  clock: () => number;
  source: EventSource;
}): Service {
  const { instance, endpoints, clock, source } = options;
  const now = () => formatTime(clock());
  return {
    instance,
    endpoints,
    now,
    emit: (event) => {
      if (instance.routes.size === 0) {
        return;
      }
      const { attributes, message } = toNotification(event, source, now());
      for (const route of instance.routes.values()) {
        const hub = endpoints.get(route.endpointName);
        if (hub !== undefined && route.matches(attributes)) {
          instance.notify(hub, message);
        }
      }
    },
  };
}
