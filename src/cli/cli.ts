#!/usr/bin/env node
/** `npx colyseus-digital-twins COMMAND …`: the package's command line. Each command is a file of this folder. */
import { codegen } from "./codegen.ts";
import { doctor } from "./doctor.ts";
import { token } from "./token.ts";

const USAGE = `usage: colyseus-digital-twins COMMAND …

  codegen MODELS… -o twins.d.ts    TypeScript types and decoders from DTDL models
  doctor                           checks the settings against the services that they name
  token --role ROLE                a token for development, signed with AUTH_SECRET`;

const terminal = {
  out: (text: string) => process.stdout.write(`${text}\n`),
  error: (text: string) => process.stderr.write(`${text}\n`),
};

const [command, ...args] = process.argv.slice(2);
switch (command) {
  case "codegen":
    process.exitCode = codegen(args, terminal);
    break;
  case "doctor":
    process.exitCode = await doctor(args, process.env, terminal);
    break;
  case "token":
    process.exitCode = await token(args, process.env, terminal);
    break;
  case undefined:
  case "help":
  case "--help":
    terminal.out(USAGE);
    break;
  default:
    terminal.error(`There is no command ${command}.\n${USAGE}`);
    process.exitCode = 2;
}
