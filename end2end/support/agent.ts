// The agent of a Network Connector, as somebody runs it on another machine.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Program } from "./processes.js";
import { binary } from "./restante.js";

export class Agent {
  private readonly folder = mkdtempSync(join(tmpdir(), "restante-agent-"));
  private program: Program | undefined;

  /** It runs behind these words, such as those that lead into another network. */
  constructor(private readonly inside: string[] = []) {}

  private static binary(): string {
    const program = join(dirname(binary()), "restante-connector");
    if (!existsSync(program)) throw new Error(`there is no ${program}: build the package connector`);
    return program;
  }

  /** Types the line that the screen shows: `echo CODE | restante-connector enrol …`. */
  async type(line: string): Promise<void> {
    const [, code, words] = line.match(/^echo (\S+) \| restante-connector (.+)$/)!;
    const [program, ...before] = [...this.inside, Agent.binary()];
    // The way there may lead through this process, which must not stand still meanwhile.
    const typed = promisify(execFile)(program!, [...before, ...words!.split(" "), "--key-file", join(this.folder, "key")]);
    typed.child.stdin!.end(`${code}\n`);
    await typed;
  }

  /** Runs it until the server has let it in. */
  async start(...allowed: string[]): Promise<void> {
    const rules = allowed.flatMap((pattern) => ["--allow", pattern]);
    const [program, ...before] = [...this.inside, Agent.binary()];
    this.program = Program.start("agent", program!, [...before, "run", "--key-file", join(this.folder, "key"), ...rules]);
    await this.program.line(/^connected to /);
  }

  /** Waits until it ends by itself, as one does that is not wanted any more. */
  async end(): Promise<number | null> {
    return this.program!.end();
  }

  async stop(): Promise<number | null> {
    const code = this.program ? await this.program.stop() : null;
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }
}
