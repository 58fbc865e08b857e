/** What was asked of the twin lately and is not shown beside a set-point already: whole-twin patches and others' paths. */
import type { World } from "../live/World.ts";
import type { TwinModel } from "../model/TwinModel.ts";
import { S } from "../strings.ts";
import { OperationLine } from "./OperationLine.tsx";

const SHOWN = 5;

export function Operations({ world, twinId, model }: { world: World; twinId: string; model: TwinModel | undefined }) {
  const defs = [...(model?.values ?? []), ...(model?.components.flatMap(({ values }) => values) ?? [])];
  const shownElsewhere = new Set(defs.filter(({ writable }) => writable).map(({ pointer }) => pointer));
  const operations = world.operations.value
    .filter(
      (operation) => operation.kind === "patch" && operation.twinId === twinId && !shownElsewhere.has(operation.path),
    )
    .sort((a, b) => b.at - a.at)
    .slice(0, SHOWN);
  return operations.length === 0 ? null : (
    <section class="group">
      <h3>{S.inspector.operations}</h3>
      {operations.map((operation) => (
        <div key={operation.id}>
          <code>{operation.path}</code>
          <OperationLine operation={operation} def={defs.find(({ pointer }) => pointer === operation.path)} />
        </div>
      ))}
    </section>
  );
}
