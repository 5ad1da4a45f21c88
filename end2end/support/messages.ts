// Mail as it comes over the wire: bytes with CRLF.

export interface Letter {
  from?: string;
  to?: string;
  subject: string;
  text?: string;
  html?: string;
  attachment?: { name: string; bytes: Buffer };
}

let number = 0;

/** A message with a text, an HTML part and an attachment, as far as they are given. */
export function letter({ from, to, subject, text, html, attachment }: Letter): Buffer {
  number += 1;
  const head = [
    `From: ${from ?? '"Grace Hopper" <grace@example.org>'}`,
    `To: ${to ?? "ada@example.org"}`,
    `Subject: ${subject}`,
    `Date: ${new Date(Date.UTC(2026, 9, 5, 8, number)).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${number}.${process.pid}@example.org>`,
    "MIME-Version: 1.0",
  ];
  const body = part("text/plain; charset=utf-8", text ?? "Good morning.");
  const parts = html === undefined ? [body] : [multipart("alternative", [body, part("text/html; charset=utf-8", html)])];
  if (attachment) {
    const encoded = attachment.bytes.toString("base64").replace(/.{76}/g, "$&\r\n");
    parts.push(
      [
        "Content-Type: application/octet-stream",
        `Content-Disposition: attachment; filename="${attachment.name}"`,
        "Content-Transfer-Encoding: base64",
        "",
        encoded,
      ].join("\r\n"),
    );
  }
  const content = parts.length === 1 ? parts[0]! : multipart("mixed", parts);
  return Buffer.from(`${head.join("\r\n")}\r\n${content}\r\n`, "utf8");
}

/** Bytes that no text encoding survives: every value, also those that look like line ends. */
export function anyBytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 151 + (index >> 8)) & 0xff));
}

function part(type: string, text: string): string {
  return [`Content-Type: ${type}`, "Content-Transfer-Encoding: 8bit", "", text.replaceAll("\n", "\r\n")].join("\r\n");
}

function multipart(kind: string, parts: string[]): string {
  const boundary = `=_${kind}_${number}`;
  const inner = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("");
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${inner}--${boundary}--\r\n`;
}
