/** The sizes of the rooms benchmark, as its goals name them. */
export const TWINS = 10_000;
export const CLIENTS = 200;
export const CHANGES = 1000;
export const INTERVAL_MS = 50;
