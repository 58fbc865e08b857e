/** For fingers (and whoever has no keys): pull the knob to go. Shown while walking. */
import { useRef } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import { S } from "../strings.ts";

const RADIUS = 44;

export function WalkPad() {
  const app = useApp();
  const pad = useRef<HTMLDivElement>(null);
  const { right, ahead } = app.pad.value;
  const pull = (event: PointerEvent) => {
    const box = pad.current?.getBoundingClientRect();
    if (box === undefined || (event.type === "pointermove" && event.buttons === 0)) {
      return;
    }
    pad.current?.setPointerCapture(event.pointerId);
    const dx = (event.clientX - box.left - box.width / 2) / RADIUS;
    const dy = (event.clientY - box.top - box.height / 2) / RADIUS;
    const length = Math.max(1, Math.hypot(dx, dy));
    app.pad.value = { right: dx / length, ahead: -dy / length };
  };
  const release = () => {
    app.pad.value = { right: 0, ahead: 0 };
  };
  return (
    <div
      ref={pad}
      class="walk-pad"
      aria-hidden="true"
      title={S.scene.pad}
      onPointerDown={pull}
      onPointerMove={pull}
      onPointerUp={release}
      onPointerCancel={release}
    >
      <span style={{ translate: `${right * RADIUS * 0.7}px ${-ahead * RADIUS * 0.7}px` }} />
    </div>
  );
}
