/** What stands above every form of the way in. */
import { S } from "../strings.ts";
import { Mark } from "./Mark.tsx";

export function JoinHead({ lead }: { lead: string }) {
  return (
    <header class="join-head">
      <Mark />
      <div>
        <h1>{S.title}</h1>
        <p>{lead}</p>
      </div>
    </header>
  );
}
