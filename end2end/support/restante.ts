// The program under test, with a data folder of its own.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Program } from "./processes.js";

/** The person whom tests sign in as. */
export const ADMINISTRATOR = { name: "Ada", password: "correct horse battery" };

export class Restante {
  private constructor(
    private readonly program: Program,
    readonly data: string,
    readonly url: string,
  ) {}

  /** Starts on an empty folder: nobody exists yet. */
  static async startEmpty(): Promise<Restante> {
    return Restante.startOn(mkdtempSync(join(tmpdir(), "restante-")));
  }

  /** Starts with the administrator in place, created on the command line, and with these variables. */
  static async startWithAdministrator(variables: Record<string, string> = {}): Promise<Restante> {
    const data = mkdtempSync(join(tmpdir(), "restante-"));
    execFileSync(
      binary(),
      ["person", "add", "--role", "administrator", ADMINISTRATOR.name, "--password-stdin", "--data", data],
      { input: `${ADMINISTRATOR.password}\n`, stdio: ["pipe", "ignore", "pipe"] },
    );
    return Restante.startOn(data, variables);
  }

  private static async startOn(data: string, variables: Record<string, string> = {}): Promise<Restante> {
    const program = Program.start("restante", binary(), ["--data", data, "--listen", "127.0.0.1:0"], variables);
    const [, url] = await program.line(/^listening on (http:\S+)/);
    return new Restante(program, data, url!);
  }

  /** The one-time code that the server printed on its first start. */
  async setUpCode(): Promise<string> {
    const [, code] = await this.program.line(/^set-up code: (\S+)/);
    return code!;
  }

  /** Runs a command beside the running server and returns its JSON. */
  command(...args: string[]): unknown {
    const output = execFileSync(binary(), [...args, "--json", "--data", this.data], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return JSON.parse(output);
  }

  /** Removes every account, and what it fetched. */
  removeAccounts(): void {
    for (const { name } of this.command("account", "list") as { name: string }[]) this.command("account", "remove", name);
  }

  /** Stops it and removes its folder; returns its exit code. */
  async stop(): Promise<number | null> {
    const code = await this.program.stop();
    rmSync(this.data, { recursive: true, force: true });
    return code;
  }
}

export function binary(): string {
  const path = resolve(process.env.RESTANTE_BIN ?? join(import.meta.dirname, "../../target/debug/restante"));
  if (!existsSync(path)) throw new Error(`${path} does not exist: set RESTANTE_BIN, or run \`make test\``);
  return path;
}
