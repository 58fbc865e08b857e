/** Takes a twin to the space: its ghost appears in the middle of the view, to be moved and set. */
import { useApp } from "../app/useApp.ts";
import { S } from "../strings.ts";

interface PlaceButtonProps {
  twinId: string;
  modelId: string;
  name: string;
}

export function PlaceButton({ twinId, modelId, name }: PlaceButtonProps) {
  const app = useApp();
  const why = app.placeBlock.value;
  return (
    <button
      type="button"
      class="button small"
      aria-label={S.catalogue.placeNamed(name)}
      aria-pressed={app.placing.ghost.value?.twinId === twinId}
      disabled={why !== ""}
      title={why}
      onClick={() => app.placing.begin({ twinId, modelId, name })}
    >
      {S.catalogue.place}
    </button>
  );
}
