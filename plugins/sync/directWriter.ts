/**
 * Writes on a client's connection with one system call, past Node's streams: these take an eighth of what a send costs,
 * and leave objects for the collector, for each client and patch. Used by PreparedFrames.
 */
import { writeSync } from "node:fs";

/** A socket of `node:net`; others have no number of the system's, or do not tell it. */
export interface OpenStream {
  readonly writableLength: number;
  /** TLS: what is written is not what goes over the wire. */
  readonly encrypted?: boolean;
  readonly _handle?: { readonly fd?: number } | null;
}

/**
 * Answers how many of the bytes are gone, and 0 where others wait already, the connection is closed, or the system takes
 * none now; the rest has to go the usual way, which also finds out about errors. undefined: it cannot be done here.
 * The socket does not block, so this does not wait either (libuv, uv__stream_open).
 */
export function directWriter(stream: OpenStream | undefined): ((data: Uint8Array) => number) | undefined {
  const handle = stream?._handle;
  const fd = handle?.fd;
  if (!stream || stream.encrypted || fd === undefined || fd < 0) {
    return undefined;
  }
  return (data) => {
    if (stream._handle !== handle || stream.writableLength > 0) {
      return 0; // closed: the number may be another connection's by now
    }
    try {
      return writeSync(fd, data, 0, data.length);
    } catch {
      return 0;
    }
  };
}
