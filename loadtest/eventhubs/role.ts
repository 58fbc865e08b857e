/**
 * What a child process of the event hub benchmark does with its parent's words: each one is a function of the process, and
 * its answer goes back. `cpu` is common to all: user and system time so far, µs.
 */

export type Answers = Record<string, (argument: never) => unknown>;

interface Question {
  id: number;
  name: string;
  argument: unknown;
}

/** Serves the parent until it disconnects, which ends the process. */
export function serve(answers: Answers): void {
  const all: Answers = { ...answers, cpu: cpuMicros };
  process.on("disconnect", () => process.exit(0));
  const reply = async ({ id, name, argument }: Question): Promise<void> => {
    const answer = await all[name]?.(argument as never);
    process.send?.({ id, answer });
  };
  // A failure is an unhandled rejection: it ends the process, and the parent hears of that.
  process.on("message", (question: Question) => void reply(question));
}

export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
