// A real authorization server on loopback, whose tokens are for the mailbox `ana`.

import { join } from "node:path";
import { Program } from "./processes.js";

export class Authorization {
  private constructor(
    private readonly program: Program,
    readonly url: string,
  ) {}

  static async start(): Promise<Authorization> {
    const script = join(import.meta.dirname, "../../xtask/lab/authorization_server.mjs");
    const program = Program.start("authorization server", process.execPath, [script]);
    const [, url] = await program.line(/^listening on (http:\S+)/);
    return new Authorization(program, url!);
  }

  /** Where a mail server asks about tokens. */
  get introspection(): string {
    return `${this.url}/introspect`;
  }

  /** Tells it what a test wants, such as `/set?revoke=refresh`. */
  async tell(path: string): Promise<void> {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  }

  async stop(): Promise<void> {
    await this.program.stop();
  }
}
