// Hostile mail in a real browser. Three layers protect a reader, and each is taken out of the running product and put to the
// proof alone: what the sanitiser leaves, in a page without any other protection; the frame's attributes, around the mail as
// it came; the policy of the frame's route, over the mail as it came. Without any of them the same mail has to do harm, or
// this proof would prove nothing.
//
// A sandbox stops scripts, forms and leaving the frame, and no picture: requests are what the other two answer for.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { ATTACKS, type Attack, armed } from "../attacks/forms.js";
import { MAIL_PASSWORD } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { openAccounts, registerAccount, checkAndViewInbox, entry } from "../support/screen.js";
import { expect, open, test as base } from "../support/test.js";
import type { BrowserContext, Page } from "@playwright/test";

/** What surrounds the mail. */
interface Layer {
  /** Attributes of its frame. */
  frame: string;
  /** The policy of its route. */
  policy?: string;
  /** The mail of an attack as it is served. */
  body: (at: number) => string;
}

/** Frames on one page. */
const TOGETHER = 30;
/** What takes longer to do harm than this does none. */
const PATIENCE = 400;

/** A page with mail in frames, and an address that must never be asked for. */
class Lab {
  layer: Layer = { frame: "", body: () => "" };
  /** The attacks whose address was asked for. */
  readonly asked = new Set<number>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Lab> {
    const server = createServer();
    const lab = new Lab(server);
    server.on("request", (request, response) => {
      const [, what, number] = request.url!.split(/[/?#]/);
      if (what === "ask") {
        lab.asked.add(Number(number));
        // A page that is led away is gone; whatever else asks learns nothing.
        const led = request.headers["sec-fetch-dest"] === "document";
        response.writeHead(led ? 200 : 204).end();
      } else if (what === "mail" && ATTACKS[Number(number)]) {
        const { policy, body } = lab.layer;
        const headers: Record<string, string> = { "content-type": "text/html; charset=utf-8" };
        if (policy !== undefined) headers["content-security-policy"] = policy;
        response.writeHead(200, headers).end(body(Number(number)));
      } else if (what === "page") {
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(lab.page(number!));
      } else {
        response.writeHead(404).end();
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return lab;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The HTML of an attack, which tells on itself. */
  mail(at: number): string {
    return armed(ATTACKS[at]!, `top.postMessage(${at},\`*\`)`, `${this.url}/ask/${at}`);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private page(numbers: string): string {
    const frames = numbers.split(",").map((at) => `<iframe ${this.layer.frame} id="f${at}" src="/mail/${at}"></iframe>`);
    return `<!DOCTYPE html><title>Lab</title><h1>Lab</h1><script>
      window.told = []; addEventListener("message", (event) => window.told.push(event.data));
    </script>${frames.join("")}`;
  }
}

/** The attacks among `numbers` that did harm behind `layer`. */
async function harm(lab: Lab, context: BrowserContext, layer: Layer, numbers: number[]): Promise<number[]> {
  lab.layer = layer;
  lab.asked.clear();
  const page = await context.newPage();
  const shown = `${lab.url}/page/${numbers.join(",")}`;
  await page.goto(shown, { waitUntil: "load", timeout: 20_000 }).catch(() => undefined);
  await page.waitForTimeout(PATIENCE);
  const told = new Set(await page.evaluate(() => (window as unknown as { told?: number[] }).told ?? []).catch(() => []));
  const whole = async () =>
    page.url() === shown && (await page.title().catch(() => "")) === "Lab" && (await page.locator("h1").textContent({ timeout: 500 }).catch(() => "")) === "Lab";
  let untouched = await whole();
  for (const at of numbers.filter((at) => ATTACKS[at]!.click)) {
    if (!untouched) break;
    const aim = page.frameLocator(`#f${at}`).locator("[data-click]").first();
    // What the sanitiser has taken away cannot be clicked.
    await aim.click({ force: true, timeout: 300, noWaitAfter: true }).catch(() => undefined);
  }
  if (numbers.some((at) => ATTACKS[at]!.click)) await page.waitForTimeout(PATIENCE);
  for (const at of await page.evaluate(() => (window as unknown as { told?: number[] }).told ?? []).catch(() => [])) told.add(at);
  untouched &&= await whole();
  const did = (at: number) =>
    ({ script: told.has(at), request: lab.asked.has(at), outside: !untouched })[ATTACKS[at]!.effect];
  const harmful = numbers.filter(did);
  // A script is more than was asked for, and so is a change of the page around.
  if (!untouched) harmful.push(...numbers.filter((at) => !harmful.includes(at)));
  harmful.push(...[...told].filter((at) => numbers.includes(at) && !harmful.includes(at)));
  for (const other of context.pages()) await other.close();
  return harmful;
}

/** The attacks that did harm behind `layer`, many on one page. */
async function run(lab: Lab, context: BrowserContext, layer: Layer, numbers: number[]): Promise<string[]> {
  const harmful: number[] = [];
  // Whoever changes the page around would answer for all on it, and the focus is in one place alone.
  const alone = (at: number) => ATTACKS[at]!.effect === "outside" || ATTACKS[at]!.html.includes("autofocus");
  for (const at of numbers.filter(alone)) harmful.push(...(await harm(lab, context, layer, [at])));
  const others = numbers.filter((at) => !alone(at));
  for (let from = 0; from < others.length; from += TOGETHER) {
    harmful.push(...(await harm(lab, context, layer, others.slice(from, from + TOGETHER))));
  }
  return harmful.map((at) => `${ATTACKS[at]!.name}: ${ATTACKS[at]!.html}`);
}

interface Product {
  bodies: string[];
  policy: string;
  sandbox: string;
}

const every = ATTACKS.map((_, at) => at);
const of = (...effects: Attack["effect"][]) => every.filter((at) => effects.includes(ATTACKS[at]!.effect));

const test = base.extend<object, { lab: Lab }>({
  lab: [
    async ({}, use) => {
      const lab = await Lab.start();
      await use(lab);
      lab.stop();
    },
    { scope: "worker" },
  ],
});

/** Delivers every attack, and takes the layers from where the product has them. */
async function product(page: Page, lab: Lab, deliver: (message: Buffer) => void, port: number): Promise<Product> {
  ATTACKS.forEach((_, at) => deliver(letter({ subject: `Attack ${at}.`, html: lab.mail(at) })));
  await open(page, "/");
  await openAccounts(page);
  await registerAccount(page, { name: "Attacked", port, security: "none", automaticCheck: false, user: "attacked", password: MAIL_PASSWORD });
  await checkAndViewInbox(page, "Attacked");
  await expect(page.locator("tr[data-key]").first()).toBeVisible();
  const account = new URL(page.url()).pathname.match(/\d+/)![0];
  const ids = new Map<number, string>();
  await expect(async () => {
    const query = { filter: { account: Number(account), search: null, sender: null, subject: null, attachments: null, unread: null, since: null, before: null } };
    let cursor: string | null = null;
    do {
      const answer = await page.request.post("/api/messages/list", {
        data: { query: { ...query, sort: null, cursor, page_size: 100 } },
        headers: { origin: new URL(page.url()).origin },
      });
      const found = (await answer.json()) as { rows: { id: number; subject: string }[]; next: string | null };
      for (const row of found.rows) ids.set(Number(row.subject.match(/\d+/)![0]), String(row.id));
      cursor = found.next;
    } while (cursor !== null);
    expect(ids.size).toBe(ATTACKS.length);
  }).toPass();
  const bodies: string[] = [];
  let policy = "";
  for (const at of every) {
    const answer = await page.request.get(`/messages/${ids.get(at)}/body`);
    policy = answer.headers()["content-security-policy"]!;
    bodies[at] = await answer.text();
  }
  await entry(page, "Attack").first().click();
  const sandbox = await page.locator('iframe[title="Message"]').evaluate((frame) => {
    const kept = ["sandbox", "referrerpolicy"].map((name) => `${name}="${frame.getAttribute(name)}"`);
    return kept.join(" ");
  });
  return { bodies, policy, sandbox };
}

test("each layer alone keeps every attack away, and none of them lets most of them through", async ({ page, browser, dovecot, lab }) => {
  test.setTimeout(300_000);
  expect(ATTACKS.length).toBeGreaterThanOrEqual(200);
  const { bodies, policy, sandbox } = await product(page, lab, (message) => dovecot.deliver("attacked", message), dovecot.ports.imap);
  const context = await browser.newContext();
  const raw = (at: number) => lab.mail(at);

  const control = await run(lab, context, { frame: "", body: raw }, every);
  console.log(`without any layer ${control.length} of ${ATTACKS.length} attacks do harm`);
  if (process.env.ATTACKS_LIST) {
    const names = new Set(control.map((line) => line.slice(0, line.indexOf(": "))));
    console.log(ATTACKS.filter((attack) => !names.has(attack.name)).map((attack) => `${attack.name}: ${attack.html}`).join("\n"));
  }
  expect(control.length).toBeGreaterThanOrEqual(ATTACKS.length / 2);

  expect(await run(lab, context, { frame: "", body: (at) => bodies[at]! }, every), "the sanitiser alone").toEqual([]);
  expect(await run(lab, context, { frame: "", policy, body: raw }, every), "the policy alone").toEqual([]);
  expect(await run(lab, context, { frame: sandbox, body: raw }, of("script", "outside")), "the sandbox alone").toEqual([]);
  await context.close();
});
