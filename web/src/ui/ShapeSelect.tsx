/** The shapes to choose from. One that the page does not know, of a game, stays as it is. */
import { VISUALS } from "../scene/visualNames.ts";

export function ShapeSelect(o: { value: string; none: string; onChange: (shape: string) => void; label: string }) {
  const shapes: readonly string[] = VISUALS;
  return (
    <select aria-label={o.label} value={o.value} onChange={(event) => o.onChange(event.currentTarget.value)}>
      <option value="">{o.none}</option>
      {(o.value === "" || shapes.includes(o.value) ? shapes : [...shapes, o.value]).map((shape) => (
        <option key={shape}>{shape}</option>
      ))}
    </select>
  );
}
