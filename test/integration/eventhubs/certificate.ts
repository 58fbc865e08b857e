/** A certificate for this machine, made by openssl, that clients of this process trust until closeAll(). */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { promisify } from "node:util";
import type { Context } from "mocha";
import { closeAll, newFile, onClose } from "./support.ts";

const NO_OPENSSL =
  "no openssl on this machine, so no certificate: install it (apt-get install openssl) to run these tests";

export interface Certificate {
  key: string;
  cert: string;
}

/** Self-signed, for 127.0.0.1 and localhost; undefined where there is no openssl. */
export async function newCertificate(): Promise<Certificate | undefined> {
  const directory = dirname(await newFile());
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
  const command = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext ${names} -keyout ${key} -out ${cert}`;
  try {
    await promisify(execFile)("openssl", command.split(" "));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  return { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
}

/** For `before`: where there is no openssl, the tests skip and say so. */
export async function certificateOrSkip(test: Context): Promise<Certificate | undefined> {
  const certificate = await newCertificate();
  await closeAll();
  if (certificate === undefined) {
    console.warn(NO_OPENSSL);
    test.skip();
  }
  return certificate;
}

export function trust(certificate: Certificate): void {
  const before = getCACertificates("default");
  onClose(async () => setDefaultCACertificates(before));
  setDefaultCACertificates([...before, certificate.cert]);
}
