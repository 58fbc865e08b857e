/** What stands between a person and an act: what the server would not allow now, and what it has refused. */
import type { ComponentChildren } from "preact";
import { useApp } from "../app/useApp.ts";
import { isArmed, type Permission, type Refusal } from "../net/requests.ts";
import { ArmedNote } from "./ArmedNote.tsx";
import { RefusalNote } from "./RefusalNote.tsx";

/** Why it cannot be done now: rights and link first, then what the server says; "" when it can. */
export function useBlock(permission: Permission | undefined): string {
  const why = useApp().patchBlock.value;
  return why || (permission?.allowed === false ? (permission.reason ?? "") : "");
}

/** Id of the sentence that says why, for `aria-describedby`. */
export function whyId(permission: Permission | undefined, path: string, why: string): string | undefined {
  return why === "" ? undefined : permission?.reason === why ? `why-${path}` : "why-not";
}

interface RefusedProps {
  path: string;
  permission: Permission | undefined;
  refusal: Refusal | undefined;
}

export function Refused({ path, permission, refusal }: RefusedProps): ComponentChildren {
  const general = useApp().patchBlock.value;
  return (
    <>
      {general === "" && permission?.reason !== undefined && (
        <p class={permission.allowed ? "hint" : "note locked"} id={`why-${path}`}>
          {permission.reason}
        </p>
      )}
      {refusal && (isArmed(refusal) ? <ArmedNote refusal={refusal} /> : <RefusalNote refusal={refusal} />)}
    </>
  );
}
