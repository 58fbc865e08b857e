/** What the processes of the control benchmark agree on. */
export const TWINS = 200;
export const CLIENTS = 200;
export const PER_SECOND = 100;
export const OPERATIONS = 1000;
export const pumpId = (i: number): string => `pump-${i}`;

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
