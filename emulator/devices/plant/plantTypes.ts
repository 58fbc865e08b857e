/** Shape of the demo world's data; the seeder uploads it, the simulated devices read their set-points and sizes from it. */
export interface PlantTwin {
  id: string;
  modelId: string;
  /** Components are nested objects, without `$metadata`. */
  properties: Record<string, unknown>;
}

export interface PlantRelationship {
  id: string;
  sourceId: string;
  targetId: string;
  name: string;
  properties: Record<string, unknown>;
}

export interface Plant {
  models: object[];
  twins: PlantTwin[];
  relationships: PlantRelationship[];
}
