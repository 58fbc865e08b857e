/**
 * Every twin of the space with status and key value: search, filter by status, arrow keys. Only the rows in sight are
 * rendered, so that the list of a large space costs no more than that of a small one.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { SEARCH_ID } from "../app/keys.ts";
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { STATUSES, type Status } from "../model/status.ts";
import { S } from "../strings.ts";
import { QueryBar } from "./QueryBar.tsx";
import { StatusMark } from "./StatusMark.tsx";
import { ROW_HEIGHT, TwinRow } from "./TwinRow.tsx";
import { useTwinRows } from "./useTwinRows.ts";

const OVERSCAN = 6;

export function TwinList({ world }: { world: World }) {
  const app = useApp();
  const { rows, counts, total } = useTwinRows(world);
  const list = useRef<HTMLDivElement>(null);
  const [asking, setAsking] = useState(false);
  const empty = total === 0 ? (world.status.value === "loading" ? S.list.loading : S.list.emptySpace) : S.list.noMatch;
  return (
    <section class="twins" aria-label={S.list.title}>
      <header class="pane-head">
        <div class="title">
          <h2>
            {S.list.title} <small>{S.list.count(rows.length, total)}</small>
          </h2>
          <button
            type="button"
            class="button small phone"
            title={S.overview.openHint}
            onClick={() => app.showOverview()}
          >
            {S.overview.open}
          </button>
          <button
            type="button"
            class="button small"
            aria-expanded={asking}
            onClick={() => {
              setAsking(!asking);
              app.found.value = undefined;
            }}
          >
            {S.query.open}
          </button>
        </div>
        <div class="search">
          <input
            id={SEARCH_ID}
            type="search"
            placeholder={S.list.placeholder}
            aria-label={S.list.search}
            aria-keyshortcuts="/"
            value={app.search.value}
            onInput={(event) => {
              app.search.value = event.currentTarget.value;
            }}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") {
                event.preventDefault();
                list.current?.focus();
              }
            }}
          />
          <span class="key" aria-hidden="true">
            /
          </span>
        </div>
        <Filters counts={counts} />
        {asking && <QueryBar world={world} />}
      </header>
      <Rows world={world} rows={rows} host={list} />
      {rows.length === 0 && (
        <div class="empty">
          <p>{empty}</p>
          {total > 0 && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                app.search.value = "";
                app.filter.value = "";
                app.found.value = undefined;
              }}
            >
              {S.list.clear}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

/** The legend: what the marks mean, how many there are, and a filter. */
function Filters({ counts }: { counts: Record<Status, number> }) {
  const app = useApp();
  return (
    <fieldset class="filters" aria-label={S.list.filter}>
      {STATUSES.filter((status) => counts[status] > 0 || app.filter.value === status).map((status) => (
        <button
          key={status}
          type="button"
          class="chip"
          aria-pressed={app.filter.value === status}
          onClick={() => {
            app.filter.value = app.filter.value === status ? "" : status;
          }}
        >
          <StatusMark status={status} /> <b>{counts[status]}</b>
        </button>
      ))}
    </fieldset>
  );
}

interface RowsProps {
  world: World;
  rows: readonly string[];
  host: { current: HTMLDivElement | null };
}

function Rows({ world, rows, host }: RowsProps) {
  const app = useApp();
  const selected = app.selected.value;
  const at = useMemo(() => rows.indexOf(selected), [rows, selected]);
  const { first, last, height, onScroll } = useWindow(host, rows.length);
  useEffect(() => scrollToRow(host.current, at), [host, at, height]);
  const onKeyDown = (event: KeyboardEvent) => {
    const target = rows[nextIndex(event.key, at, rows.length)];
    if (target !== undefined) {
      event.preventDefault();
      app.selected.value = target;
    }
    if (event.key === "Enter" && selected !== "") {
      app.select(selected);
    }
  };
  return (
    <div
      ref={host}
      class="rows"
      role="listbox"
      tabIndex={0}
      aria-label={S.list.title}
      aria-activedescendant={at < 0 ? undefined : rowId(selected)}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      hidden={rows.length === 0}
    >
      <div role="presentation" style={{ height: `${rows.length * ROW_HEIGHT}px` }}>
        {rows.slice(first, last).map((id, offset) => (
          <TwinRow
            key={id}
            world={world}
            twinId={id}
            domId={rowId(id)}
            index={first + offset}
            count={rows.length}
            selected={id === selected}
          />
        ))}
      </div>
    </div>
  );
}

function rowId(twinId: string): string {
  return `twin-${twinId}`;
}

/** Index that a key leads to; -1 for other keys. */
function nextIndex(key: string, at: number, count: number): number {
  const moves: Record<string, number> = {
    ArrowDown: Math.min(at + 1, count - 1),
    ArrowUp: Math.max(at - 1, 0),
    PageDown: Math.min(at + 10, count - 1),
    PageUp: Math.max(at - 10, 0),
    Home: 0,
    End: count - 1,
  };
  return moves[key] ?? -1;
}

/** First and last row in sight. */
function useWindow(host: { current: HTMLDivElement | null }, count: number) {
  const [view, setView] = useState({ top: 0, height: 900 });
  useEffect(() => {
    const element = host.current;
    if (element === null) {
      return;
    }
    const observer = new ResizeObserver(() => setView({ top: element.scrollTop, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, [host]);
  return {
    height: view.height,
    first: Math.max(0, Math.floor(view.top / ROW_HEIGHT) - OVERSCAN),
    last: Math.min(count, Math.ceil((view.top + view.height) / ROW_HEIGHT) + OVERSCAN),
    onScroll: () => host.current && setView({ top: host.current.scrollTop, height: host.current.clientHeight }),
  };
}

function scrollToRow(element: HTMLDivElement | null, at: number): void {
  if (element === null || at < 0) {
    return;
  }
  const top = at * ROW_HEIGHT;
  if (top < element.scrollTop) {
    element.scrollTop = top;
  } else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
  }
}
