/**
 * Models of the machines that move, hold and treat water, and of the air handlers. Reported values are read-only
 * Properties, set-points are writable ones; vibration is Telemetry. `feeds` is the pipework: it carries the diameter.
 */
import {
  command,
  component,
  demo,
  enumeration,
  model,
  property,
  quantity,
  relationship,
  setpoint,
  telemetry,
} from "./dtdl.ts";

const pipe = [
  quantity("pipeDiameter", "Length millimetre", "Pipe diameter", { writable: true }),
  quantity("pipeLength", "Length metre", "Pipe length", { writable: true }),
];

const machineState = enumeration(["off", "Off"], ["starting", "Starting"], ["running", "Running"], ["fault", "Fault"]);
const valveState = enumeration(["closed", "Closed"], ["moving", "Moving"], ["open", "Open"]);
const filterState = enumeration(["filtering", "Filtering"], ["backwash", "Backwashing"]);
const airState = enumeration(["idle", "Idle"], ["heating", "Heating"], ["cooling", "Cooling"]);

const assets: object[] = [
  model("Asset", "Entity", "Asset", "A thing that was bought, installed and is maintained.", [
    property("manufacturer", "string", "Manufacturer"),
    property("serialNumber", "string", "Serial number"),
    property("installedOn", "date", "Installed on"),
    relationship("feeds", "Feeds", "Water flows from here to there, through one pipe.", {
      target: demo("Asset"),
      properties: pipe,
    }),
  ]),
  model("Machine", "Asset", "Machine", "An asset with moving parts: it runs, stops and fails.", [
    property("state", machineState, "State"),
    property("runHours", "double", "Running hours (h)", { description: "Hours in operation since installation." }),
    command("reset", "Reset", "Clears a latched fault, so that the machine may start again."),
  ]),
  model("Motor", undefined, "Electric motor", "The drive of a machine; part of it, not a twin of its own.", [
    quantity("temperature", "Temperature degreeCelsius", "Winding temperature"),
    quantity("current", "Current ampere", "Current"),
    quantity("power", "Power kilowatt", "Electric power"),
    quantity("ratedPower", "Power kilowatt", "Rated power"),
    telemetry("vibration", "Acceleration gForce", "Vibration", "RMS acceleration at the drive-end bearing."),
  ]),
];

const hydraulics: object[] = [
  model("Pump", "Machine", "Centrifugal pump", "Moves water; flow and pressure follow its speed.", [
    setpoint(
      "speedSetpoint",
      "AngularVelocity revolutionPerMinute",
      "Speed set-point",
      "0 stops it; at most 1,500 rpm.",
    ),
    quantity("speed", "AngularVelocity revolutionPerMinute", "Speed"),
    quantity("flow", "VolumeFlowRate litrePerSecond", "Flow"),
    quantity("pressure", "Pressure bar", "Discharge pressure"),
    quantity("bearingTemperature", "Temperature degreeCelsius", "Bearing temperature", {
      description: "The pump trips at 85 °C and may start again below 50 °C.",
    }),
    quantity("ratedFlow", "VolumeFlowRate litrePerSecond", "Rated flow"),
    component("motor", "Motor", "Motor"),
  ]),
  model("Valve", "Asset", "Control valve", "A motor-driven valve that travels to the asked position.", [
    property("positionSetpoint", "double", "Position set-point (%)", {
      writable: true,
      description: "0 is closed, 100 fully open; full travel takes 20 s.",
    }),
    property("position", "double", "Position (%)"),
    property("state", valveState, "State"),
    quantity("flow", "VolumeFlowRate litrePerSecond", "Flow"),
  ]),
  model("Tank", "Asset", "Tank", "Holds water; fills and empties by what flows in and out.", [
    property("level", "double", "Level (%)", { description: "Share of the capacity." }),
    quantity("volume", "Volume cubicMetre", "Volume"),
    quantity("inflow", "VolumeFlowRate litrePerSecond", "Inflow"),
    quantity("outflow", "VolumeFlowRate litrePerSecond", "Outflow"),
    quantity("temperature", "Temperature degreeCelsius", "Water temperature"),
    quantity("capacity", "Volume cubicMetre", "Capacity"),
  ]),
  model("Filter", "Asset", "Pressure filter", "Sand filter that clogs with use and washes itself backwards.", [
    property("state", filterState, "State"),
    quantity("differentialPressure", "Pressure bar", "Differential pressure"),
    property("clogging", "double", "Clogging (%)"),
    quantity("flow", "VolumeFlowRate litrePerSecond", "Flow"),
    command("backwash", "Backwash", "Starts a backwash now."),
  ]),
  model("Pipe", "Asset", "Main", "A main between two parts of the plant.", [
    quantity("flow", "VolumeFlowRate litrePerSecond", "Flow"),
    quantity("velocity", "Velocity metrePerSecond", "Velocity"),
    quantity("pressure", "Pressure bar", "Pressure"),
  ]),
];

const treatmentAndAir: object[] = [
  model("Doser", "Machine", "Chlorine doser", "Doses chlorine in proportion to the flow.", [
    setpoint("doseSetpoint", "Density gramPerCubicMetre", "Dose set-point", "Chlorine in g/m³, 0 to 2."),
    quantity("doseRate", "Density gramPerCubicMetre", "Dose"),
    property("reagentLevel", "double", "Reagent left (%)"),
  ]),
  model("AirHandler", "Asset", "Air handler", "Heats, cools and moves the air of rooms.", [
    property("state", airState, "State"),
    quantity("supplyTemperature", "Temperature degreeCelsius", "Supply air temperature"),
    property("fanSpeed", "double", "Fan speed (%)"),
    quantity("power", "Power kilowatt", "Electric power"),
    relationship("serves", "Serves", "The places that get its air.", { target: demo("Space") }),
  ]),
];

export const equipment: object[] = [...assets, ...hydraulics, ...treatmentAndAir];
