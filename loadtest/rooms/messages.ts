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
  /** Per tick. */
  cpuMs: number;
  rss: number;
}

/** To the clients' process. */
export type ClientsDo =
  | { do: "connect"; port: number; room: boolean; clients: number }
  /** Clients that came last stop reading, or go on. */
  | { do: "pause"; port: number; clients: number; paused: boolean }
  /** A client that decodes: the stock SDK, telling when values arrive. */
  | { do: "watch"; port: number }
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
}
