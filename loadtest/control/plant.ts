/** What the processes of the control benchmark agree on. */
export const TWINS = 200;
export const CLIENTS = 200;
export const PER_SECOND = 100;
export const OPERATIONS = 1000;
/** Pumps whose setpoint their device has. */
export const DEVICES = 50;
/** Who does what is asked: the twin service, or the twin's device. */
export type Way = "service" | "device";
export const pumpId = (i: number, way: Way = "service"): string =>
  way === "service" ? `pump-${i % TWINS}` : `device-${i % DEVICES}`;

export interface Cloud {
  adtUrl: string;
  connectionString: string;
  iotHub: { connectionString: string; mqttPort: number; ca: string; keys: { deviceId: string; key: string }[] };
}

const model = (name: string, contents: object[]) => ({
  "@context": "dtmi:dtdl:context;2",
  "@id": `dtmi:bench:${name};1`,
  "@type": "Interface",
  contents,
});
export const MODELS = [
  model("Hall", [{ "@type": "Relationship", name: "contains" }]),
  model("Pump", [{ "@type": "Property", name: "setpoint", schema: "double", writable: true }]),
];
