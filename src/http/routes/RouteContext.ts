/** What the route tables are made from; one per mounted API. */
import type { TwinServices } from "../../services.ts";

export interface RouteContext {
  services: TwinServices;
  /** Ids of relationships that come without one. */
  newId: () => string;
  /** ms since epoch. */
  now: () => number;
}
