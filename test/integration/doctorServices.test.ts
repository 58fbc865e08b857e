// `doctor` and the services beside twins and hubs: rights of the identity, the IoT Hub, the checkpoint container, the issuer.
import assert from "node:assert/strict";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { newAnsweringServer } from "../support/answeringServer.ts";
import { startAzurite } from "../support/azurite.ts";
import { examined, finds, settingsOf } from "../support/examine.ts";
import { type BlobService, newBlobService } from "../support/newBlobService.ts";
import { newGate } from "../support/newGate.ts";
import { newIssuer } from "../support/newIssuer.ts";

/** A host and port where nobody listens. */
async function deserted(): Promise<string> {
  const server = await newAnsweringServer([]);
  await server.close();
  return server.host;
}

describe("doctor: what the identity may", function () {
  this.timeout(40_000);
  let cloud: Emulator;
  const closers: (() => Promise<void>)[] = [];
  before(async () => {
    cloud = await startEmulator();
  });
  after(() => cloud.close());
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
  });

  const behindGate = async (refuse: Parameters<typeof newGate>[1]) => {
    const gate = await newGate(cloud.adtUrl, refuse);
    closers.push(gate.close);
    return { AZURE_DIGITALTWINS_URL: gate.url };
  };

  it("nothing: the role is named, and the other cause of a 403", async () => {
    const env = await behindGate(() => 403);
    await finds(env, /token and rights: the identity has no role .*403/, {
      cure: /Digital Twins Data Reader.*public access/,
    });
  });

  it("only read, where the server has to write, and why it has to", async () => {
    const env = await behindGate((method) => (method === "PATCH" ? 403 : undefined));
    assert.equal((await examined(env)).code, 0, "a server that only reads needs no more");
    const cure = /Azure Digital Twins Data Owner/;
    await finds({ ...env, WRITE_THROUGH: "on" }, /right to write: WRITE_THROUGH is on, .* only read \(403\)/, { cure });
    const secret = { AUTH_SECRET: "a secret of at least 32 bytes, for tests", AUTH_AUDIENCE: "plant" };
    await finds({ ...env, ...secret }, /right to write: people who sign in may write, /, { cure });
    assert.equal((await examined({ ...env, ...secret, READ_ONLY: "1" })).code, 0);
  });

  it("write: all is well, and no twin was made", async () => {
    const { code, text } = await examined({ AZURE_DIGITALTWINS_URL: cloud.adtUrl, WRITE_THROUGH: "on" });
    assert.equal(code, 0, text);
    assert.match(text, /ok +right to write: twins can be written/);
    assert.doesNotMatch([...cloud.digitalTwins.export()].join("\n"), /doctor/);
  });

  it("not see the routes: a warning that says what is not known", async () => {
    const env = await behindGate((_method, path) => (path.startsWith("/eventroutes") ? 403 : undefined));
    const { code, text } = await examined(env);
    assert.equal(code, 0, text);
    assert.match(text, /warn +event route: .*not known what is delivered\n.*Data Reader/);
  });

  it("not read a hub by its key: the key's policy, and no role, is spoken of", async () => {
    const env = settingsOf(cloud);
    const key = (env["AZURE_EVENTHUBS_TELEMETRY"] ?? "").replace(/SharedAccessKey=[^;]+/, "SharedAccessKey=d3Jvbmc=");
    await finds({ ...env, AZURE_EVENTHUBS_TELEMETRY: key }, /does not let this server in/, { cure: /right to listen/ });
  });
});

describe("doctor: the IoT Hub", function () {
  this.timeout(40_000);
  let cloud: Emulator;
  before(async () => {
    cloud = await startEmulator();
  });
  after(() => cloud.close());
  const withHub = (AZURE_IOTHUB: string) => ({ AZURE_DIGITALTWINS_URL: cloud.adtUrl, AZURE_IOTHUB });
  const elsewhere = (host: string) =>
    `HostName=${host};SharedAccessKeyName=service;SharedAccessKey=a2V5;UseDevelopmentEmulator=true`;

  it("answers: without devices a warning, with one all is well", async () => {
    const env = withHub(cloud.iotHub.connectionString);
    const empty = await examined(env);
    assert.equal(empty.code, 0, empty.text);
    assert.match(empty.text, /warn +IoT Hub: .* has no devices\n.*device-identity create/);
    cloud.iotHub.ensureDevice("pump-1");
    const { code, text } = await examined(env);
    assert.equal(code, 0, text);
    assert.match(text, /ok +IoT Hub: .* its devices can be read/);
  });

  it("does not take the key", async () => {
    const wrong = cloud.iotHub.connectionString.replace(/SharedAccessKey=[^;]+/, "SharedAccessKey=d3Jvbmc=");
    await finds(withHub(wrong), /IoT Hub: .*does not let this server in \(401/, { cure: /ServiceConnect/ });
  });

  it("is not there", async () => {
    const host = await deserted();
    await finds(withHub(elsewhere(host)), /IoT Hub: 127.0.0.1:\d+ cannot be reached \(ECONNREFUSED\)/, {
      cure: /AZURE_IOTHUB/,
    });
  });

  it("refuses by its network rules, is ill, or is none", async () => {
    const cases: [Parameters<typeof newAnsweringServer>[0][number], RegExp, RegExp][] = [
      [{ status: 403, body: { Message: "ErrorCode:IotHubForbidden;No." } }, /\(403: No\.\)/, /network rules.*quota/],
      [{ status: 500, body: { Message: "ErrorCode:ServerError;Ill" } }, /answers 500: Ill/, /try again later/],
      [{ status: 200, body: { hello: "page" } }, /what answers there is no IoT Hub/, /AZURE_IOTHUB/],
      ["hang up", /cannot be reached/, /AZURE_IOTHUB/],
    ];
    for (const [answer, found, cure] of cases) {
      const server = await newAnsweringServer([answer]);
      await finds(withHub(elsewhere(server.host)), found, { cure });
      await server.close();
    }
  });
});

describe("doctor: the checkpoint container", function () {
  this.timeout(40_000);
  let cloud: Emulator;
  let blobs: BlobService;
  before(async () => {
    cloud = await startEmulator();
  });
  after(() => cloud.close());
  beforeEach(async () => {
    blobs = await newBlobService();
  });
  afterEach(() => blobs.close());
  const withContainer = (name = "checkpoints") => ({
    AZURE_DIGITALTWINS_URL: cloud.adtUrl,
    AZURE_CHECKPOINT_CONTAINER: `${blobs.url}/${name}?sv=2024-11-04&sr=c&sp=racwdl&se=2099-01-01T00%3A00%3A00Z&sig=AAAA`,
  });

  it("is there and can be written, and nothing stays in it", async () => {
    const { code, text } = await examined(withContainer());
    assert.equal(code, 0, text);
    assert.match(text, /ok +checkpoint container: container checkpoints in account is there and can be written/);
    assert.equal(blobs.written, 1);
    assert.deepEqual([...blobs.blobs], []);
  });

  it("is not there", async () => {
    await finds(withContainer("nowhere"), /checkpoint container: there is no container nowhere/, {
      cure: /az storage container create/,
    });
  });

  it("may not be used, or only be read: by Azure's code the role, the SAS or the network rules", async () => {
    const cases: [BlobService["refuse"], RegExp, RegExp][] = [
      [{ read: "AuthorizationPermissionMismatch" }, /may not be used/, /Storage Blob Data Contributor/],
      [{ write: "AuthorizationPermissionMismatch" }, /can be read, and not written/, /Storage Blob Data Contributor/],
      [{ read: "AuthenticationFailed" }, /may not be used \(AuthenticationFailed\)/, /SAS has run out/],
      [{ read: "AuthorizationFailure" }, /may not be used \(AuthorizationFailure\)/, /network rules/],
    ];
    for (const [refuse, found, cure] of cases) {
      blobs.refuse = refuse;
      await finds(withContainer(), found, { cure });
    }
  });

  it("cannot be reached", async () => {
    const env = {
      AZURE_DIGITALTWINS_URL: cloud.adtUrl,
      AZURE_CHECKPOINT_CONTAINER: "http://127.0.0.1:1/account/checkpoints?sig=a",
    };
    await finds(env, /container checkpoints in account cannot be reached/, { cure: /DNS, firewalls/ });
  });

  it("of Azurite, where it is installed: the same", async function () {
    const azurite = await startAzurite();
    if (azurite === undefined) {
      this.skip();
    }
    try {
      const env = {
        AZURE_DIGITALTWINS_URL: cloud.adtUrl,
        AZURE_CHECKPOINT_CONTAINER: `${azurite.connectionString};Container=nowhere`,
      };
      await finds(env, /there is no container nowhere/);
    } finally {
      await azurite.close();
    }
  });
});

describe("doctor: the issuer of sign-ins", () => {
  const withIssuer = (AUTH_ISSUER: string) => ({ AUTH_ISSUER, AUTH_AUDIENCE: "plant" });

  it("answers with its keys, also where nothing else is configured", async () => {
    const issuer = await newIssuer();
    const { code, text } = await examined(withIssuer(issuer.url));
    assert.equal(code, 0, text);
    assert.match(text, /ok +issuer of sign-ins: .* answers, with 1 keys at .*\/keys/);
    issuer.down = true;
    await finds(withIssuer(issuer.url), /issuer of sign-ins: .*answered 503/, { cure: /claim iss/ });
    await issuer.close();
  });

  it("calls itself otherwise, is none, or is not there", async () => {
    const issuer = await newIssuer();
    await finds(withIssuer(`${issuer.url}/`), /says that the issuer is/, { cure: /AUTH_ISSUER/ });
    await issuer.close();
    await finds(withIssuer(`http://${await deserted()}`), /cannot be asked \(ECONNREFUSED\)/);
    const page = await newAnsweringServer([{ status: 200, body: { hello: "page" } }]);
    await finds(withIssuer(`http://${page.host}`), /is no discovery document/);
    await page.close();
  });

  it("its keys cannot be had, or there are none", async () => {
    const keys = await newAnsweringServer([{ status: 500 }, { status: 200, body: { keys: [] } }]);
    const keysAt = { jwks_uri: `http://${keys.host}/keys` };
    const found = [/the keys at .* cannot be had/, /has no keys/];
    for (const each of found) {
      const body: Record<string, string> = { ...keysAt };
      const server = await newAnsweringServer([{ status: 200, body }]);
      body["issuer"] = `http://${server.host}`;
      await finds(withIssuer(`http://${server.host}`), each, { cure: /jwks_uri/ });
      await server.close();
    }
    await keys.close();
  });
});
