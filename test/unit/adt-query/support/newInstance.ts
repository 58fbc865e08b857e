// Instances filled without HTTP: records as the service stores them, of any shape that a query might meet.
import { relationshipKey } from "../../../../emulator/adt/Ends.ts";
import { Instance } from "../../../../emulator/adt/Instance.ts";
import { propertiesOf, RelationshipRecord, TwinRecord } from "../../../../emulator/adt/records.ts";
import type { JsonObject, ModelRecord } from "../../../../emulator/adt/types.ts";

const BASE = "dtmi:t:Base;1";
/** Model id → what it extends. */
export const MODELS: Readonly<Record<string, readonly string[]>> = {
  [BASE]: [],
  "dtmi:t:Base;2": [],
  "dtmi:t:Mid;1": [BASE],
  "dtmi:t:Leaf;1": ["dtmi:t:Mid;1"],
  "dtmi:t:Leaf;3": ["dtmi:t:Base;2"],
  "dtmi:t:Other;1": [],
};

export function newInstance(): Instance {
  const instance = new Instance();
  const records = Object.entries(MODELS).map(([id, parents]): ModelRecord => {
    const document = { "@id": id, "@type": "Interface", "@context": "dtmi:dtdl:context;2", extends: [...parents] };
    return { ordinal: instance.nextOrdinal(), id, uploadTime: "", decommissioned: false, document };
  });
  instance.putModels(records, undefined);
  return instance;
}

export function putTwin(instance: Instance, id: string, properties: JsonObject = {}, modelId = BASE): void {
  const ordinal = instance.twins.get(id)?.ordinal ?? instance.nextOrdinal();
  const document = { $dtId: id, $etag: "e", ...properties, $metadata: { $model: modelId } };
  instance.putTwin(new TwinRecord({ ordinal, id, modelId, etag: "e", size: 0 }, JSON.stringify(document)));
}

export interface NewRelationship {
  id: string;
  from: string;
  to: string;
  name?: string;
  properties?: JsonObject;
}

export function putRelationship(instance: Instance, relationship: NewRelationship): void {
  const { id, from, to, name = "contains", properties = {} } = relationship;
  const ordinal = instance.relationships.get(relationshipKey(from, id))?.ordinal ?? instance.nextOrdinal();
  const record = { ordinal, id, sourceId: from, targetId: to, name, etag: "e" };
  instance.putRelationship(new RelationshipRecord(record, propertiesOf(properties)));
}
