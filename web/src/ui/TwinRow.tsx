/** One line of the list: status, name, model, key value. Reads room state at every beat. */
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { shownStatus } from "../model/status.ts";
import { shortModelName } from "../model/TwinModel.ts";
import { formatValue, keyValue, readValue } from "../model/values.ts";
import { StatusMark } from "./StatusMark.tsx";

export const ROW_HEIGHT = 46;

interface TwinRowProps {
  world: World;
  twinId: string;
  domId: string;
  index: number;
  count: number;
  selected: boolean;
}

export function TwinRow({ world, twinId, domId, index, count, selected }: TwinRowProps) {
  const app = useApp();
  world.beat.value;
  const twin = world.twin(twinId);
  if (twin === undefined) {
    return null;
  }
  const model = app.models.value.get(world.modelId(twin));
  const key = model && keyValue(model);
  const status = shownStatus(twin, world.severities.value.get(twinId));
  const value = key && readValue(twin, key);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox has the focus and names this as its active descendant
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox handles the keys
    <div
      id={domId}
      class={`row ${status}`}
      role="option"
      aria-selected={selected}
      aria-posinset={index + 1}
      aria-setsize={count}
      style={{ top: `${index * ROW_HEIGHT}px` }}
      onClick={() => app.select(twinId)}
      onDblClick={() => app.focusOn(twinId)}
    >
      <StatusMark status={status} word={false} />
      <span class="row-name">
        <span>{twin.$name || twinId}</span>
        <small>{model?.label ?? shortModelName(world.modelId(twin))}</small>
      </span>
      {key && (
        <span class="row-value">
          {formatValue(value, key)} {value !== undefined && <small>{key.unit}</small>}
        </span>
      )}
    </div>
  );
}
