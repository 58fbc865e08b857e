/**
 * A graph for the benchmark as lines for `--import`: twins in a tree, each with three relationships.
 */
const MODEL = "dtmi:bench:Room;1";

const MODELS = [
  {
    "@context": "dtmi:dtdl:context;2",
    "@id": MODEL,
    "@type": "Interface",
    contents: [
      { "@type": "Property", name: "temperature", schema: "double" },
      { "@type": "Property", name: "humidity", schema: "double" },
      { "@type": "Property", name: "name", schema: "string" },
      { "@type": "Relationship", name: "contains" },
      { "@type": "Relationship", name: "nextTo" },
    ],
  },
];
const CHILDREN = 10;
const RELATIONSHIPS = 3;

export function* buildGraph(twins: number): Generator<string> {
  const line = (value: object) => `${JSON.stringify(value)}\n`;
  yield line({ Section: "Header" });
  yield line({ fileVersion: "1.0.0", author: "bench", organization: "bench" });
  yield line({ Section: "Models" });
  yield* MODELS.map(line);
  yield line({ Section: "Twins" });
  for (let i = 0; i < twins; i++) {
    const values = { temperature: 20, humidity: 50, name: `Room ${i}` };
    yield line({ $dtId: `twin-${i}`, $metadata: { $model: MODEL }, ...values });
  }
  yield line({ Section: "Relationships" });
  for (let i = 0; i < twins; i++) {
    yield* relationshipsOf(i, twins).map(line);
  }
}

function relationshipsOf(i: number, twins: number): object[] {
  const targets: [string, number][] = [
    ["contains", (i * CHILDREN + 1) % twins],
    ["contains", (i * CHILDREN + 2) % twins],
    ["nextTo", (i + 1) % twins],
  ];
  return targets.slice(0, RELATIONSHIPS).map(([name, target], index) => ({
    $sourceId: `twin-${i}`,
    $relationshipId: `r${index}`,
    $targetId: `twin-${target === i ? (i + 2) % twins : target}`,
    $relationshipName: name,
  }));
}
