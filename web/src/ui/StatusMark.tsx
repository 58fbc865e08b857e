/** Status as colour, shape and word. With `word={false}` the word is left to screen readers. */
import { useApp } from "../app/useApp.ts";
import { STATUS_SHAPES, type Status, statusWord } from "../model/status.ts";
import { S } from "../strings.ts";

export function StatusMark({ status, word = true }: { status: Status; word?: boolean }) {
  const frozen = status === "live" && !useApp().connected.value;
  return (
    <span class={`status ${status}`}>
      <span class="shape" aria-hidden="true">
        {STATUS_SHAPES[status]}
      </span>
      <span class={word ? "" : "sr-only"}>{frozen ? S.status.wasLive : statusWord(status)}</span>
    </span>
  );
}
