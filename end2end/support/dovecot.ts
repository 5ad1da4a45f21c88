// A real mail server on loopback, and the mail that is put into it behind its back.

import { spawnSync } from "node:child_process";
import { chownSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, answers, freePort, pause } from "./processes.js";

/** Everybody's password. */
export const MAIL_PASSWORD = "secret1";

export interface MailPorts {
  imap: number;
  imaps: number;
  pop3: number;
  pop3s: number;
}

export class Dovecot {
  private delivered = 0;

  private constructor(
    private readonly program: Program,
    private readonly folder: string,
    readonly ports: MailPorts,
  ) {}

  /** Starts on free ports, or with plain IMAP on the port that is asked for; with a certificate of its own, or with the
   * cert.pem and key.pem of a folder; tokens sign in as well that the server behind `introspection` knows. */
  static async start(imap?: number, certificate?: string, introspection?: string): Promise<Dovecot> {
    if (imap !== undefined && (await answers(imap))) {
      throw new Error(`port ${imap} of 127.0.0.1 is taken: this journey needs it for its own mail server`);
    }
    const ports = {
      imap: imap ?? (await freePort()),
      imaps: await freePort(),
      pop3: await freePort(),
      pop3s: await freePort(),
    };
    return Dovecot.startOn(ports, certificate, introspection, []);
  }

  /** Starts where these words lead, such as in another network, of which nobody here can ask whether it answers. */
  static async startInside(inside: string[]): Promise<Dovecot> {
    const ports = { imap: await freePort(), imaps: await freePort(), pop3: await freePort(), pop3s: await freePort() };
    return Dovecot.startOn(ports, undefined, undefined, inside);
  }

  private static async startOn(ports: MailPorts, certificate: string | undefined, introspection: string | undefined, inside: string[]): Promise<Dovecot> {
    const folder = mkdtempSync(join(tmpdir(), "dovecot-"));
    for (const file of certificate === undefined ? [] : ["cert.pem", "key.pem"]) {
      copyFileSync(join(certificate!, file), join(folder, file));
    }
    const script = join(import.meta.dirname, "../../xtask/lab/dovecot.sh");
    const [first, ...words] = [...inside, script, folder, ...Object.values(ports).map(String), ...(introspection ? [introspection] : [])];
    const program = Program.start("dovecot", first!, words);
    for (const port of Object.values(ports)) {
      for (let attempt = 0; !(inside.length > 0 ? answersInside(inside, port) : await answers(port)); attempt += 1) {
        program.check();
        if (attempt > 150) throw new Error(`dovecot does not answer on ${port}:\n${program.lines.join("\n")}`);
        await pause(100);
      }
    }
    return new Dovecot(program, folder, ports);
  }

  /** Puts a message into a person's mailbox, as a delivery agent does: written aside, then renamed. */
  deliver(user: string, message: Buffer): void {
    const owner = statSync(join(this.folder, "mail"));
    const maildir = join(this.folder, "mail", user, "Maildir");
    for (const part of ["", "tmp", "new", "cur"]) mkdirSync(join(maildir, part), { recursive: true });
    this.delivered += 1;
    const name = `${Math.floor(Date.now() / 1000)}.M${this.delivered}.lab`;
    const aside = join(maildir, "tmp", name);
    writeFileSync(aside, message);
    for (const path of [join(this.folder, "mail", user), maildir, ...["tmp", "new", "cur"].map((part) => join(maildir, part)), aside]) {
      chownSync(path, owner.uid, owner.gid);
    }
    renameSync(aside, join(maildir, "new", name));
  }

  /** How many messages lie on the server. */
  count(user: string): number {
    const maildir = join(this.folder, "mail", user, "Maildir");
    return ["new", "cur"].reduce((sum, part) => sum + readdirSync(join(maildir, part)).length, 0);
  }

  /** The flags of each message on the server, as Maildir writes them (`S`: read, `F`: flagged), in the order of arrival. */
  flags(user: string): string[] {
    const maildir = join(this.folder, "mail", user, "Maildir");
    const names = ["new", "cur"].flatMap((part) => readdirSync(join(maildir, part)));
    return names.sort((one, other) => arrival(one) - arrival(other)).map((name) => name.split(":2,")[1] ?? "");
  }

  /** Another program removes the first message of a person that has none of these flags. */
  remove(user: string, without: string): void {
    const cur = join(this.folder, "mail", user, "Maildir", "cur");
    const name = readdirSync(cur).find((name) => !(name.split(":2,")[1] ?? "").includes(without))!;
    rmSync(join(cur, name));
  }

  async stop(): Promise<void> {
    await this.program.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function arrival(name: string): number {
  return Number(name.match(/\.M(\d+)\./)![1]);
}

function answersInside(inside: string[], port: number): boolean {
  const [first, ...words] = [...inside, "bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`];
  return spawnSync(first!, words, { stdio: "ignore" }).status === 0;
}
