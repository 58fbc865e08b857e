/** What keeps operators of the demo plant from mistakes, and what alarms them: a control file (docs/control.md). */
import { demo } from "./models/dtdl.ts";

export const controlRules: object = {
  interlocks: [
    {
      name: "bearing",
      model: demo("Pump"),
      guards: ["patch /speedSetpoint"],
      asking: { above: 0 },
      requires: [{ path: "/bearingTemperature", below: 80, within: 60 }],
      exceptRoles: ["admin"],
      reason: "The bearing is too hot to run the pump; let it cool down.",
    },
  ],
  effects: [{ model: demo("Filter"), command: "backwash", becomes: { path: "/state", equals: "backwash" } }],
  alarms: [
    {
      name: "bearing hot",
      model: demo("Pump"),
      path: "/bearingTemperature",
      above: 75,
      hysteresis: 5,
      delay: 5,
      severity: "critical",
      text: "{name}: the bearing has {value} °C",
    },
    {
      name: "pump fault",
      model: demo("Pump"),
      path: "/state",
      equals: "fault",
      severity: "critical",
      text: "{name} has tripped",
    },
    {
      name: "tank low",
      model: demo("Tank"),
      path: "/level",
      below: 15,
      hysteresis: 3,
      severity: "warning",
      text: "{name} is down to {value} %",
    },
    {
      name: "pump silent",
      model: demo("Pump"),
      noData: 60,
      severity: "warning",
      text: "{name} has said nothing for a minute",
    },
  ],
};
