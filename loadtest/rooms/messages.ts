/** What the processes of the rooms benchmark say to each other. */

/** To a server: make these changes. */
export interface Load {
  ticks: number;
  /** Per tick of 50 ms. */
  changes: number;
  /** floor: size of the ready-made buffer. */
  bytes?: number;
  /** Values are moments (ms since epoch), made at any moment. */
  stamped?: boolean;
  /** stamped: one change, then silence of about so long. */
  quietMs?: number;
}
export interface ServerReport {
  /** Per tick; 0 where values are moments. */
  cpuMs: number;
  /** Stamped: the most that waited in the sockets of its clients, bytes. */
  buffered: number;
}
/** Temperature of each twin, by number. */
export type Truth = number[];
/** To a server: what is true now. */
export const TRUTH = "truth";

export type Kind = "room" | "ws" | "io";
/** To the clients' process. */
export type ClientsDo =
  | { do: "connect"; port: number; kind: Kind; clients: number }
  /** Clients of a room that decode what they get; they stop reading, go on, and are held against the truth. */
  | { do: "decoders"; port: number; clients: number }
  | { do: "pause" | "resume"; port: number }
  | { do: "compare"; port: number; truth: Truth }
  /** A client that tells how old moments are when they arrive. Of a room: the stock SDK, which decodes. */
  | { do: "watch"; port: number; kind: "room" | "ws" }
  /** What was received on this port since the last such question. */
  | { do: "report"; port: number }
  | { do: "leave"; port: number };
export interface ClientsReport {
  /** Connect: ms until the last of them had its first state. */
  ms: number;
  /** Connect: longest time between two frames of a client while others joined, ms. */
  gap: number;
  /** Of the sockets that are open. */
  clients: number;
  bytes: number;
  frames: number;
  /** Watch: change → callback, ms. */
  delays: number[];
  /** Compare: decoders that hold the truth, that were closed, and that hold something else. */
  right: number;
  closed: number;
  wrong: number;
}

/**
 * To a scene of views: so many patches in which that share of the twins changes, or joins. `warmUpMs`: fewer if it takes
 * longer, and what is left of them and of the beginning is collected, so that it is no cost of what is measured next.
 */
export interface SceneDo {
  do: "patch" | "join";
  share: number;
  times: number;
  warmUpMs?: number;
}
