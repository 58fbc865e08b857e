/** Models of instruments and of the sign in the lobby. `measures` says what an instrument looks at. */
import { demo, enumeration, model, property, quantity, relationship } from "./dtdl.ts";

const health = enumeration(["ok", "OK"], ["calibrate", "Calibration due"], ["failed", "Failed"]);

export const sensors: object[] = [
  model("Sensor", "Asset", "Sensor", "An instrument that measures and changes nothing.", [
    property("health", health, "Health"),
    relationship("measures", "Measures", "What this instrument looks at.", { target: demo("Entity") }),
  ]),
  model("FlowMeter", "Sensor", "Flow meter", "Flow through a pipe and its running total.", [
    quantity("flow", "VolumeFlowRate litrePerSecond", "Flow"),
    quantity("total", "Volume cubicMetre", "Total since installation"),
  ]),
  model("PressureGauge", "Sensor", "Pressure gauge", "Pressure above the atmosphere.", [
    quantity("pressure", "Pressure bar", "Pressure"),
  ]),
  model("WaterAnalyser", "Sensor", "Water analyser", "Quality of the water that leaves the hall.", [
    property("ph", "double", "pH"),
    property("turbidity", "double", "Turbidity (NTU)"),
    quantity("chlorine", "Density gramPerCubicMetre", "Free chlorine"),
    quantity("temperature", "Temperature degreeCelsius", "Water temperature"),
  ]),
  model("PowerMeter", "Sensor", "Power meter", "Electricity that a building draws.", [
    quantity("power", "Power kilowatt", "Power"),
    quantity("energy", "Energy kilowattHour", "Energy since installation"),
    quantity("voltage", "Voltage volt", "Voltage"),
  ]),
  model("LeakDetector", "Sensor", "Leak detector", "A mat on the floor that feels water.", [
    property("wet", "boolean", "Water on the floor"),
    property("moisture", "double", "Moisture (%)"),
  ]),
  model("WeatherStation", "Sensor", "Weather station", "Weather and tide at the quay.", [
    quantity("temperature", "Temperature degreeCelsius", "Air temperature"),
    quantity("humidity", "RelativeHumidity percent", "Relative humidity"),
    quantity("windSpeed", "Velocity metrePerSecond", "Wind"),
    quantity("tide", "Length metre", "Tide above mean sea level"),
  ]),
  model("Logger", "Sensor", "Portable logger", "A battery logger that is carried to where it is needed.", [
    quantity("temperature", "Temperature degreeCelsius", "Temperature"),
    quantity("vibration", "Acceleration gForce", "Vibration"),
    property("battery", "double", "Battery (%)"),
  ]),
  {
    "@context": "dtmi:dtdl:context;3",
    "@id": demo("Display"),
    "@type": "Interface",
    displayName: "Text display",
    description: "A two-line sign on a wall.",
    extends: demo("Asset"),
    contents: [
      property("line1", "string", "First line"),
      property("line2", "string", "Second line"),
      property("languages", { "@type": "Array", elementSchema: "string" }, "Languages"),
    ],
  },
];
