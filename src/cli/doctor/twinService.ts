/** `doctor` and Azure Digital Twins: reachable, token, rights, clock, event routes. */
import {
  lookAtTwinService,
  type TwinServiceAddress,
  type TwinServiceLook,
  tryWriting,
} from "../../providers/azure/inspect.ts";
import type { Finding } from "./Finding.ts";

/** A source time further ahead than this is cut (contract, "newest wins"); tokens allow for minutes. */
const CLOCK_LIMIT_MS = 5000;
const NEEDED = ["Twin.Update", "Twin.Create", "Twin.Delete", "Relationship.Create", "Relationship.Delete"];

/** `writes`: why the server has to write there, for sentences; undefined: it only reads. */
export async function twinService(address: TwinServiceAddress, writes: string | undefined): Promise<Finding[]> {
  const { url } = address;
  const look = await lookAtTwinService(address);
  const what = "twin service";
  if (!look.isSignedIn) {
    return [
      {
        what: "sign-in",
        state: "wrong",
        text: `there is no token for ${url} (${look.problem})`,
        cure: "az login, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or a managed identity (docs/azure.md)",
      },
    ];
  }
  if (look.status === undefined) {
    const text = `${url} cannot be reached (${look.problem})`;
    return [{ what, state: "wrong", text, cure: "look at AZURE_DIGITALTWINS_URL, at DNS, firewalls and HTTPS_PROXY" }];
  }
  const findings: Finding[] = [
    { what, state: "ok", text: `${url} answers` },
    access(look.status),
    clock(look.clockAheadMs),
  ];
  if (look.status !== 200) {
    return findings;
  }
  if (writes !== undefined) {
    findings.push(writing(await tryWriting(address), writes));
  }
  return [...findings, routes(look)];
}

function access(status: number): Finding {
  const what = "token and rights";
  if (status === 401) {
    return {
      what,
      state: "wrong",
      text: "the service does not accept the token (401)",
      cure: "sign in to the tenant of this instance: az login --tenant …, or the variables AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET",
    };
  }
  if (status === 403) {
    return {
      what,
      state: "wrong",
      text: "the identity has no role on this instance (403)",
      cure: `${role("Azure Digital Twins Data Reader")}. If it has the role: is public access to the instance off (az dt network)?`,
    };
  }
  return status === 200
    ? { what, state: "ok", text: "models can be read" }
    : {
        what,
        state: "wrong",
        text: `the service answers ${status}`,
        cure: "try again later; look at the state of Azure in this region",
      };
}

function writing(status: number | undefined, why: string): Finding {
  const what = "right to write";
  if (status === 403 || status === 401) {
    return {
      what,
      state: "wrong",
      text: `${why}, and the identity may only read (${status})`,
      cure: role("Azure Digital Twins Data Owner"),
    };
  }
  return status === 404
    ? { what, state: "ok", text: "twins can be written" }
    : { what, state: "warning", text: `cannot be told: the service answers ${status ?? "nothing"}` };
}

function role(name: string): string {
  return `az dt role-assignment create --dt-name … --assignee … --role "${name}"; a new one takes up to five minutes`;
}

function clock(aheadMs: number | undefined): Finding {
  const what = "clock";
  if (aheadMs === undefined) {
    return { what, state: "warning", text: "the service does not tell its time" };
  }
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return Math.abs(aheadMs) <= CLOCK_LIMIT_MS
    ? { what, state: "ok", text: `differs by ${seconds} s` }
    : {
        what,
        state: "wrong",
        text: `this machine is ${seconds} s ${aheadMs > 0 ? "behind" : "ahead of"} the service`,
        cure: "synchronize it (NTP): ages and the order of values are wrong, and tokens are refused",
      };
}

function routes({ routes: found }: TwinServiceLook): Finding {
  const what = "event route";
  const cure = "az dt route create --dt-name … --route-name colyseus --endpoint-name … --filter true";
  if (found === undefined) {
    return {
      what,
      state: "warning",
      text: "the routes may not be read by this identity, so it is not known what is delivered",
      cure: role("Azure Digital Twins Data Reader"),
    };
  }
  if (found.length === 0) {
    return { what, state: "wrong", text: "there is none: nothing is delivered, values stand still", cure };
  }
  const passes = (type: string) => found.some(({ filter }) => filter.trim() === "true" || filter.includes(type));
  const missing = NEEDED.filter((type) => !passes(type));
  return missing.length === 0
    ? { what, state: "ok", text: found.map(({ id }) => id).join(", ") }
    : {
        what,
        state: "wrong",
        text: `no route lets ${missing.join(", ")} pass`,
        cure: "widen its filter (docs/azure.md, step 3)",
      };
}
