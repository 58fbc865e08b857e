import { type MemoryTwinEvent, MemoryTwinProvider } from "../../src/providers/memory/MemoryTwinProvider.ts";
import { describeTwinProvider, isComponent } from "./twinProvider.ts";

describeTwinProvider("MemoryTwinProvider", async () => {
  const events: MemoryTwinEvent[] = [];
  const provider = new MemoryTwinProvider({
    isComponent,
    validate: ({ properties }) =>
      typeof (properties["speed"] ?? 0) === "number"
        ? []
        : [{ path: "/speed", expected: "a double", found: String(properties["speed"]) }],
  });
  provider.onEvent((event) => events.push(event));
  return { provider, events: () => events };
});
