/** Why the server refused: per fault the path, what was expected and what it found; its sentence where it names no fault. */
import type { Refusal } from "../net/requests.ts";
import { S } from "../strings.ts";

export function RefusalNote({ refusal }: { refusal: Refusal }) {
  return (
    <div class="note bad refusal" role="alert">
      <p>
        {refusal.code !== "" && <code>{refusal.code}</code>} {refusal.details.length === 0 && refusal.message}
      </p>
      {refusal.details.map(({ path, expected, found }) => (
        <p key={path}>
          <code>{path}</code> {S.form.expected} <b>{expected}</b>, {S.form.found} <b>{found}</b>
        </p>
      ))}
    </div>
  );
}
