/**
 * The floor of the twin service's benchmark, a process of its own: node:http that reads each body and answers 204, nothing
 * else. What the machine makes of that in the same run is not the service's. Prints its address as the emulator does.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((message, reply) => {
  message.on("end", () => {
    reply.writeHead(204, { ETag: 'W/"0"' }).end();
  });
  message.resume();
});
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ adtUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
