/** Status as colour, shape and word. With `word={false}` the word is left to screen readers. */
import { STATUS_SHAPES, type Status, statusWord } from "../model/status.ts";

export function StatusMark({ status, word = true }: { status: Status; word?: boolean }) {
  return (
    <span class={`status ${status}`}>
      <span class="shape" aria-hidden="true">
        {STATUS_SHAPES[status]}
      </span>
      <span class={word ? "" : "sr-only"}>{statusWord(status)}</span>
    </span>
  );
}
