import type { SeenRoom } from "../../support/newRoomServer.ts";

/** `room.request`, for rooms whose messages the test does not know by type. */
export function ask(room: SeenRoom, type: string, payload: unknown): Promise<Record<string, unknown>> {
  return room.request(type as never, payload as never) as Promise<Record<string, unknown>>;
}

/** What a request was refused with: `{ code, message, details? }`. */
export async function refusalOf(
  request: Promise<unknown>,
): Promise<{ code: string; message: string; details?: { path: string; expected: string; found: string }[] }> {
  const reply = await request.then(
    (answer) => ({ answered: answer }),
    (error: unknown) => ({ error }),
  );
  if ("answered" in reply) {
    throw new Error(`not refused, but answered ${JSON.stringify(reply.answered)}`);
  }
  const { reason } = reply.error as { reason?: { code: string; message: string } };
  if (typeof reason?.code !== "string") {
    throw new Error("refused without a code", { cause: reply.error });
  }
  return reason;
}
