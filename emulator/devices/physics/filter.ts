/** A sand filter: clogs with the water that passes, and washes itself backwards when it is too clogged. */
export interface FilterState {
  state: "filtering" | "backwash";
  /** 0–100 % */
  clogging: number;
}

const CLOGGING_PER_LITRE = 0.003;
const WASH_RATE = 2; // per cent per second

export function stepFilter(filter: FilterState, inputs: { flow: number; mayWash: boolean }, dt: number): FilterState {
  if (filter.state === "backwash") {
    const clogging = Math.max(4, filter.clogging - WASH_RATE * dt);
    return { state: clogging > 4 ? "backwash" : "filtering", clogging };
  }
  const clogging = Math.min(100, filter.clogging + CLOGGING_PER_LITRE * inputs.flow * dt);
  return { state: clogging > 80 && inputs.mayWash ? "backwash" : "filtering", clogging };
}

/** bar/(L/s)²; a filter that is being washed lets nothing through. */
export const filterResistance = (filter: FilterState): number =>
  filter.state === "backwash" ? 1e6 : 0.0004 * (1 + (3 * filter.clogging) / 100);
