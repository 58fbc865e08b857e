/** While something is being placed: what it is, and the two ways out, for those without keys too. */
import { useApp } from "../app/useApp.ts";
import { S } from "../strings.ts";
import { ShapeSelect } from "./ShapeSelect.tsx";

export function PlacingBar() {
  const { placing } = useApp();
  const ghost = placing.ghost.value;
  return ghost === undefined ? null : (
    <div class="stage-note placing note">
      <span role="status">{S.placing.how(ghost.name)}</span>
      <span class="at">
        {ghost.x.toFixed(1)} · {ghost.z.toFixed(1)} m
      </span>
      <ShapeSelect
        label={S.looks.shape}
        none={S.looks.asModel}
        value={ghost.visual}
        onChange={(visual) => placing.look(visual)}
      />
      <button type="button" class="button small primary" onClick={() => void placing.set()}>
        {S.placing.set}
      </button>
      <button type="button" class="button small" onClick={() => placing.cancel()}>
        {S.placing.cancel}
      </button>
    </div>
  );
}
