// A small Internet on loopback: an authority, a name server and a web server that publishes settings and a picture.
// Deliberately absent: mail (see dovecot.ts).

import { execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The domain whose settings are published. */
export const DOMAIN = "lab.test";

/** A picture of one red pixel. */
export const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

export class Internet {
  private constructor(
    private readonly folder: string,
    private readonly names: Socket,
    private readonly web: Server,
    /** The headers of each request for a picture. */
    readonly seen: IncomingHttpHeaders[],
  ) {}

  /** Starts it; `imaps` is the port of the IMAP server that it publishes for `lab.test`. */
  static async start(imaps: number, folder: string): Promise<Internet> {
    const names = createSocket("udp4");
    names.on("message", (question, from) => names.send(answer(question), from.port, from.address));
    names.bind(0, "127.0.0.1");
    await once(names, "listening");
    const tls = { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "cert.pem")) };
    const seen: IncomingHttpHeaders[] = [];
    const web = createServer(tls, (request, response) => {
      if (request.url?.startsWith("/picture")) {
        seen.push(request.headers);
        response.writeHead(200, { "content-type": "image/png", "set-cookie": "seen=1", connection: "close" }).end(PICTURE);
        return;
      }
      const published = request.headers.host === `autoconfig.${DOMAIN}` && request.url?.startsWith("/mail/config-v1.1.xml");
      response.writeHead(published ? 200 : 404, { connection: "close" }).end(published ? settings(imaps) : "");
    });
    web.listen(0, "127.0.0.1");
    await once(web, "listening");
    return new Internet(folder, names, web, seen);
  }

  /** What leads a program here. */
  get environment(): Record<string, string> {
    return {
      RESTANTE_DISCOVERY_RESOLVER: `127.0.0.1:${this.names.address().port}`,
      RESTANTE_DISCOVERY_CA_FILE: join(this.folder, "ca.pem"),
      RESTANTE_DISCOVERY_PRIVATE_HTTPS: "127.0.0.1/32",
      RESTANTE_DISCOVERY_HTTPS_PORT: String((this.web.address() as AddressInfo).port),
      // Knocking would go to the real ports of this machine.
      RESTANTE_DISCOVERY_SOURCES: "provider_table,autoconfig,srv,mx",
      SSL_CERT_FILE: join(this.folder, "ca.pem"),
    };
  }

  async stop(): Promise<void> {
    this.names.close();
    this.web.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A folder with ca.pem, and with cert.pem and key.pem that it vouches for. */
export function authority(): string {
  const folder = mkdtempSync(join(tmpdir(), "internet-"));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "rsa:2048", "-nodes"];
  openssl("req", "-x509", ...key, "-days", "30", "-subj", "/CN=Lab", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", ...key, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "leaf.csr");
  const names = `subjectAltName=DNS:localhost,DNS:${DOMAIN},DNS:autoconfig.${DOMAIN}\nbasicConstraints=CA:FALSE\n`;
  writeFileSync(join(folder, "names"), names);
  openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
    "-extfile", "names", "-out", "cert.pem");
  return folder;
}

function settings(imaps: number): string {
  return `<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="${DOMAIN}"><incomingServer type="imap"><hostname>localhost</hostname>
<port>${imaps}</port><socketType>SSL</socketType><username>%EMAILLOCALPART%</username>
<authentication>password-cleartext</authentication></incomingServer></emailProvider></clientConfig>`;
}

/** 127.0.0.1 for the names of the domain, and no such name for whatever else is asked (RFC 1035 §4.1). */
function answer(question: Buffer): Buffer {
  let end = 12;
  const labels: string[] = [];
  while (question[end]) {
    labels.push(question.toString("latin1", end + 1, end + 1 + question[end]!));
    end += question[end]! + 1;
  }
  const kind = question.readUInt16BE(end + 1);
  const known = [DOMAIN, `autoconfig.${DOMAIN}`].includes(labels.join(".").toLowerCase());
  const address = known && kind === 1;
  const head = Buffer.alloc(12);
  question.copy(head, 0, 0, 2);
  head.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(address ? 1 : 0, 6);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat([head, question.subarray(12, end + 5), ...(address ? [record] : [])]);
}
