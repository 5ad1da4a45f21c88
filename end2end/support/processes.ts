// Starting other programs and ending exactly those. Deliberately absent: what the programs are.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";

/** A program that was started here, with everything it has said so far. */
export class Program {
  readonly lines: string[] = [];
  private ended: number | null | undefined;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.lines.push(line));
    }
    child.on("exit", (code) => (this.ended = code));
    child.on("error", (error) => {
      this.lines.push(String(error));
      this.ended = -1;
    });
  }

  static start(name: string, command: string, args: string[], variables: Record<string, string> = {}): Program {
    const env = { ...process.env, ...variables };
    return new Program(name, spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] }));
  }

  /** The first line that matches; fails with all that was said when the program ends or 30 seconds pass. */
  async line(pattern: RegExp): Promise<RegExpMatchArray> {
    const until = Date.now() + 30_000;
    for (;;) {
      for (const line of this.lines) {
        const match = line.match(pattern);
        if (match) return match;
      }
      if (this.ended !== undefined) throw this.failure(`ended with ${this.ended}`);
      if (Date.now() > until) throw this.failure(`never said ${pattern}`);
      await pause(20);
    }
  }

  /** Fails where the program has ended by itself. */
  check(): void {
    if (this.ended !== undefined) throw this.failure(`ended with ${this.ended}`);
  }

  /** Waits until it ends by itself; returns its exit code. */
  async end(): Promise<number | null> {
    const until = Date.now() + 30_000;
    while (this.ended === undefined) {
      if (Date.now() > until) throw this.failure("does not end");
      await pause(20);
    }
    return this.ended;
  }

  /** Asks it to stop and waits; returns its exit code. */
  async stop(): Promise<number | null> {
    if (this.ended === undefined) {
      const exit = once(this.child, "exit");
      this.child.kill("SIGTERM");
      const killer = setTimeout(() => this.child.kill("SIGKILL"), 15_000);
      await exit;
      clearTimeout(killer);
    }
    return this.ended ?? null;
  }

  private failure(what: string): Error {
    return new Error(`${this.name} ${what}:\n${this.lines.slice(-40).join("\n")}`);
  }
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Whether somebody listens on a port of loopback. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}

/** Waits until a program that was started here listens on a port. */
export async function listens(program: Program, port: number): Promise<void> {
  for (let attempt = 0; !(await answers(port)); attempt += 1) {
    program.check();
    if (attempt > 100) throw new Error(`nobody listens on ${port}:\n${program.lines.join("\n")}`);
    await pause(50);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
