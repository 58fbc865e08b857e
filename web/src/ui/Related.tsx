/**
 * What a twin is related to, as a graph to walk: those that point at it on the left, it in the middle, what it points at on
 * the right, by kind. A press goes there; what is in the space is selected too, so that the scene walks along.
 */
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import { loadNeighbours, type Neighbours } from "../live/Neighbours.ts";
import type { World } from "../live/World.ts";
import { STATUS_SHAPES, statusOf } from "../model/status.ts";
import type { Relation } from "../net/api.ts";
import { S } from "../strings.ts";

const ROW = 44;
const HEAD = 22;
const WIDTH = 328;
const SIDE = 118;
/** More of one kind are counted; a press shows them. */
const FEW = 6;

export function Related({ world, twinId }: { world: World; twinId: string }) {
  const app = useApp();
  const [centre, setCentre] = useState(twinId);
  useEffect(() => setCentre(twinId), [twinId]);
  const { neighbours, error } = useNeighbours(centre);
  const go = (id: string) => {
    setCentre(id);
    if (world.twin(id) !== undefined) {
      app.selected.value = id;
    }
  };
  if (error !== "") {
    return <p class="note bad">{error}</p>;
  }
  if (neighbours === undefined) {
    return <p class="note">{S.related.loading}</p>;
  }
  const alone = neighbours.incoming.length + neighbours.outgoing.length === 0;
  return (
    <section class="group" aria-label={S.related.title(centre)}>
      {centre !== twinId && (
        <p class="note">
          {S.related.elsewhere}{" "}
          <button type="button" class="button small" onClick={() => setCentre(twinId)}>
            {S.related.back}
          </button>
        </p>
      )}
      {alone ? <p class="note">{S.related.none}</p> : <Graph key={centre} {...{ world, centre, neighbours, go }} />}
    </section>
  );
}

interface GraphProps {
  world: World;
  centre: string;
  neighbours: Neighbours;
  go: (id: string) => void;
}

function Graph({ world, centre, neighbours, go }: GraphProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const more = (kind: string) => setOpen(new Set([...open, kind]));
  const left = column(neighbours.incoming, "in", open);
  const right = column(neighbours.outgoing, "out", open);
  const height = Math.max(left.height, right.height, ROW * 2);
  const middle = Math.min(height / 2, 140);
  return (
    <div class="related" style={{ height: `${height}px` }}>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} aria-hidden="true">
        {left.nodes.map(({ key, y }) => (
          <path key={key} d={curve(SIDE, y, WIDTH / 2 - 34, middle)} />
        ))}
        {right.nodes.map(({ key, y }) => (
          <path key={key} d={curve(WIDTH - SIDE, y, WIDTH / 2 + 34, middle)} />
        ))}
      </svg>
      <Side of={left} at="left" {...{ world, go, more }} />
      <span class="related-centre" style={{ top: `${middle}px` }} title={centre}>
        {nameOf(world, centre)}
      </span>
      <Side of={right} at="right" {...{ world, go, more }} />
    </div>
  );
}

interface Column {
  heads: { kind: string; label: string; y: number }[];
  nodes: { key: string; y: number; relation?: Relation; kind: string; hidden: number }[];
  height: number;
}

function column(relations: readonly Relation[], way: "in" | "out", open: ReadonlySet<string>): Column {
  const made: Column = { heads: [], nodes: [], height: 0 };
  for (const [name, all] of Map.groupBy(relations, (relation) => relation.name)) {
    const kind = `${way}:${name}`;
    made.heads.push({ kind, label: way === "in" ? `${name} →` : `→ ${name}`, y: made.height + HEAD / 2 });
    made.height += HEAD;
    const shown = open.has(kind) || all.length <= FEW + 1 ? all : all.slice(0, FEW);
    for (const relation of shown) {
      made.nodes.push({
        key: `${kind}/${relation.other}/${relation.id}`,
        y: made.height + ROW / 2,
        relation,
        kind,
        hidden: 0,
      });
      made.height += ROW;
    }
    if (shown.length < all.length) {
      made.nodes.push({ key: `${kind}/more`, y: made.height + ROW / 2, kind, hidden: all.length - shown.length });
      made.height += ROW;
    }
  }
  return made;
}

interface SideProps {
  of: Column;
  at: "left" | "right";
  world: World;
  go: (id: string) => void;
  more: (kind: string) => void;
}

function Side({ of, at, world, go, more }: SideProps) {
  return (
    <div class={`related-side ${at}`}>
      {of.heads.map(({ kind, label, y }) => (
        <small key={kind} style={{ top: `${y - HEAD / 2 + 3}px` }}>
          {label}
        </small>
      ))}
      {of.nodes.map(({ key, y, relation, kind, hidden }) =>
        relation === undefined ? (
          <button key={key} type="button" style={{ top: `${y}px` }} onClick={() => more(kind)}>
            {S.related.more(hidden)}
          </button>
        ) : (
          <Node key={key} {...{ world, relation, y, go }} />
        ),
      )}
    </div>
  );
}

function Node({ world, relation, y, go }: { world: World; relation: Relation; y: number; go: (id: string) => void }) {
  const twin = world.twin(relation.other);
  const status = twin && statusOf(twin);
  return (
    <button
      type="button"
      class={twin === undefined ? "outside" : ""}
      style={{ top: `${y}px` }}
      title={twin === undefined ? S.related.outside(relation.other) : relation.other}
      onClick={() => go(relation.other)}
    >
      {status !== undefined && (
        <span class={`status ${status}`} aria-hidden="true">
          <span class="shape">{STATUS_SHAPES[status]}</span>
        </span>
      )}
      <span class="name">{nameOf(world, relation.other)}</span>
    </button>
  );
}

function nameOf(world: World, id: string): string {
  return world.twin(id)?.$name || id;
}

function curve(x0: number, y0: number, x1: number, y1: number): string {
  const bend = (x0 + x1) / 2;
  return `M${x0} ${y0}C${bend} ${y0} ${bend} ${y1} ${x1} ${y1}`;
}

function useNeighbours(twinId: string): { neighbours: Neighbours | undefined; error: string } {
  const [state, setState] = useState<{ of: string; neighbours?: Neighbours; error: string }>({ of: "", error: "" });
  useEffect(() => {
    const abort = new AbortController();
    loadNeighbours(twinId, abort.signal).then(
      (neighbours) => setState({ of: twinId, neighbours, error: "" }),
      (error: unknown) => {
        if (!abort.signal.aborted) {
          setState({ of: twinId, error: error instanceof Error ? error.message : S.errors.unknown });
        }
      },
    );
    return () => abort.abort();
  }, [twinId]);
  return state.of === twinId
    ? { neighbours: state.neighbours, error: state.error }
    : { neighbours: undefined, error: "" };
}
