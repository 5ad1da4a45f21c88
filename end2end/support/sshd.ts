// OpenSSH's server on loopback, for whoever runs the tests. Deliberately absent: passwords, which it lets nobody in by.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Program, freePort, listens } from "./processes.js";

export class Sshd {
  private constructor(
    private readonly program: Program,
    private readonly folder: string,
    readonly port: number,
    /** Who is let in, and the private key for that. */
    readonly user: string,
    readonly key: string,
    /** What an administrator reads on the machine. */
    readonly fingerprint: string,
  ) {}

  static async start(): Promise<Sshd> {
    const folder = mkdtempSync(join(tmpdir(), "sshd-"));
    const file = (name: string) => join(folder, name);
    for (const name of ["host", "ours"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file(name)]);
    copyFileSync(file("ours.pub"), file("authorized"));
    const port = await freePort();
    const settings = ["ListenAddress 127.0.0.1", `Port ${port}`, `HostKey ${file("host")}`, "PidFile none", "UsePAM no"];
    settings.push("StrictModes no", "PasswordAuthentication no", `AuthorizedKeysFile ${file("authorized")}`);
    writeFileSync(file("config"), settings.join("\n"));
    const user = userInfo();
    // Root's goes there to give its rights away.
    if (user.uid === 0) mkdirSync("/run/sshd", { recursive: true });
    const program = Program.start("sshd", "/usr/sbin/sshd", ["-D", "-e", "-f", file("config")]);
    await listens(program, port);
    const listed = execFileSync("ssh-keygen", ["-lf", file("host.pub")], { encoding: "utf8" });
    return new Sshd(program, folder, port, user.username, readFileSync(file("ours"), "utf8"), listed.split(" ")[1]!);
  }

  async stop(): Promise<void> {
    await this.program.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
