/** Colour by ranges of a value: from (inclusive), below (exclusive), colour; and the one outside of all. Part of LooksEditor. */
import { type LooksDraft, MOST_RANGES, NEW_RANGE, type RangeDraft } from "../model/looks.ts";
import { S } from "../strings.ts";

/** Of a value that no range holds, until a person chooses another. */
const OTHERWISE = "#999999";

export function ColourRanges({ draft, change }: { draft: LooksDraft; change: (part: Partial<LooksDraft>) => void }) {
  const { ranges, otherwise } = draft;
  const set = (at: number, part: Partial<RangeDraft>) =>
    change({ ranges: ranges.with(at, { ...ranges[at], ...part } as RangeDraft) });
  const add = () => change({ ranges: [...ranges, { ...NEW_RANGE, min: ranges.at(-1)?.max ?? "" }] });
  return (
    <div class="looks-ranges">
      {ranges.map((range, index) => (
        <Range
          key={index}
          range={range}
          number={index + 1}
          set={(part) => set(index, part)}
          remove={() => change({ ranges: ranges.toSpliced(index, 1) })}
        />
      ))}
      <div class="looks-range">
        <label class="looks-otherwise">
          <input
            type="checkbox"
            checked={otherwise !== ""}
            onChange={(event) => change({ otherwise: event.currentTarget.checked ? OTHERWISE : "" })}
          />
          {S.looks.elsewhere}
        </label>
        {otherwise !== "" && (
          <input
            type="color"
            aria-label={S.looks.elsewhereColour}
            value={otherwise}
            onInput={(event) => change({ otherwise: event.currentTarget.value })}
          />
        )}
        <button type="button" class="button small" disabled={ranges.length >= MOST_RANGES} onClick={add}>
          {S.looks.addRange}
        </button>
      </div>
      <p class="hint">{S.looks.rangeHint}</p>
    </div>
  );
}

function Range(o: { range: RangeDraft; number: number; set: (part: Partial<RangeDraft>) => void; remove: () => void }) {
  const { range, number } = o;
  return (
    <div class="looks-range">
      <input
        inputMode="decimal"
        aria-label={S.looks.from(number)}
        placeholder="−∞"
        value={range.min}
        onInput={(event) => o.set({ min: event.currentTarget.value })}
      />
      <span aria-hidden="true">≤ … &lt;</span>
      <input
        inputMode="decimal"
        aria-label={S.looks.below(number)}
        placeholder="∞"
        value={range.max}
        onInput={(event) => o.set({ max: event.currentTarget.value })}
      />
      <input
        type="color"
        aria-label={S.looks.tint(number)}
        value={range.colour}
        onInput={(event) => o.set({ colour: event.currentTarget.value })}
      />
      <button
        type="button"
        class="button small quiet"
        aria-label={S.looks.removeRange(number)}
        title={S.looks.removeRange(number)}
        onClick={o.remove}
      >
        ✕
      </button>
    </div>
  );
}
