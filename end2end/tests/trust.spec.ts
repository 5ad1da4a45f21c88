// Whom an account believes: an authority of one's own, one certificate's key, or, said wherever the account is, anybody.

import { X509Certificate } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { Dovecot, MAIL_PASSWORD } from "../support/dovecot.js";
import { authority } from "../support/internet.js";
import { letter } from "../support/messages.js";
import {
  accountDialog,
  act,
  checkAndViewInbox,
  entry,
  fillAccount,
  openAccount,
  openAccounts,
  registerAccount,
  row,
  saveAccount,
} from "../support/screen.js";
import { expect, test as base, open } from "../support/test.js";

/** What a test starts of its own, to be ended when it is over, however it went. */
const test = base.extend<{ lab: () => string; serve: (certificate: string, imap?: number) => Promise<Dovecot> }>({
  lab: async ({}, use) => {
    const folders: string[] = [];
    await use(() => {
      folders.push(authority());
      return folders.at(-1)!;
    });
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  },
  serve: async ({}, use) => {
    const servers: Dovecot[] = [];
    await use(async (certificate, imap) => {
      const server = await Dovecot.start(imap, certificate);
      servers.push(server);
      return server;
    });
    for (const server of servers) await server.stop();
  },
});

test.beforeEach(async ({ page }) => {
  await open(page, "/");
  await openAccounts(page);
});

/** Fills the dialog of a new account at `localhost`, the name that is in the certificates. */
async function begin(page: Page, name: string, port: number, security: "SSL" | "TLS"): Promise<void> {
  await page.getByRole("link", { name: "New", exact: true }).click();
  await fillAccount(page, { name, port, security, automaticCheck: false, user: name.toLowerCase(), password: MAIL_PASSWORD });
  await accountDialog(page).getByLabel("Address", { exact: true }).fill("localhost");
}

function works(page: Page) {
  return expect(accountDialog(page).getByRole("heading", { name: "The connection works." })).toBeVisible();
}

/** As the screen writes it. */
function fingerprint(folder: string): string {
  return new X509Certificate(readFileSync(join(folder, "cert.pem"))).fingerprint256;
}

test("an authority's certificate that is uploaded makes its servers trusted, and nothing is skipped", async ({ page, lab, serve }) => {
  const folder = lab();
  const server = await serve(folder);
  server.deliver("vouched", letter({ subject: "Vouched for" }));
  await begin(page, "Vouched", server.ports.imaps, "SSL");
  const dialog = accountDialog(page);
  const trial = dialog.getByRole("button", { name: "Test connection" });
  await trial.click();
  await expect(dialog.locator("#connection-test")).toContainText("an authority that this machine does not know");

  const field = dialog.getByLabel("Certificate authority", { exact: true });
  await dialog.getByText("Certificate authority of your own").click();
  const upload = (file: string) => dialog.getByLabel("Upload CA").setInputFiles(join(folder, file));
  await upload("ca.key");
  await expect(field).toHaveValue(/PRIVATE KEY/);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(field).toHaveAccessibleDescription(/This holds a private key/);
  await upload("ca.pem");
  await expect(field).not.toHaveAttribute("aria-invalid");
  await trial.click();
  await works(page);
  await saveAccount(page);

  await expect(row(page, "Vouched")).toContainText("Own authority");
  await expect(row(page, "Vouched")).not.toContainText("Skip certificate");
  await act(page, "Vouched", "Edit account");
  await expect(field).toHaveValue(readFileSync(join(folder, "ca.pem"), "utf8"));
  await expect(dialog.getByLabel("Skip certificate?", { exact: true })).not.toBeChecked();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await checkAndViewInbox(page, "Vouched");
  await expect(entry(page, "Vouched for")).toBeVisible();
});

test("another key in place of the trusted one ends every connection, until a person trusts it", async ({ page, lab, serve }) => {
  const [before, now] = [lab(), lab()];
  const first = await serve(before);
  const { imap } = first.ports;
  first.deliver("pinned", letter({ subject: "Under the first key" }));
  await begin(page, "Pinned", imap, "TLS");
  const dialog = accountDialog(page);
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await dialog.getByRole("button", { name: "Trust this certificate" }).click();
  await works(page);
  await saveAccount(page);
  const cell = (column: string) => row(page, "Pinned").locator(`td[data-column=${column}]`);
  await act(page, "Pinned", "Check now");
  await expect(cell("messages")).toHaveText(/^1\b/);

  await first.stop();
  const second = await serve(now, imap);
  second.deliver("pinned", letter({ subject: "Under the second key" }));
  await act(page, "Pinned", "Check now");
  await expect(cell("status")).toContainText("The server's key is not the one that was trusted.");
  await expect(cell("messages")).toHaveText(/^1\b/);

  await act(page, "Pinned", "Test connection");
  const panel = dialog.locator("#connection-test");
  const side = (title: string) => panel.getByRole("heading", { name: title }).locator("..");
  await expect(panel).toContainText("The server's key is not the one that was trusted.");
  await expect(side("Trusted so far")).toContainText(fingerprint(before));
  await expect(side("There now")).toContainText(fingerprint(now));
  const boxes = await Promise.all(["Trusted so far", "There now"].map((title) => side(title).boundingBox()));
  expect(boxes[0]!.y, "side by side").toBe(boxes[1]!.y);
  await expect(panel.getByText("Sign-in", { exact: true }), "the password was not sent").toHaveCount(0);
  await expect(panel.getByRole("button"), "there is one way on").toHaveText(["Trust the new key"]);

  await panel.getByRole("button", { name: "Trust the new key" }).click();
  await works(page);
  await expect(dialog.getByRole("group", { name: "Trusted certificate" })).toContainText(fingerprint(now));
  await saveAccount(page);
  await checkAndViewInbox(page, "Pinned");
  await expect(entry(page, "Under the second key")).toBeVisible();
  await expect(entry(page, "Under the first key")).toBeVisible();
});

test("that certificates are skipped stands in the report and on the account's page, for as long as it is so", async ({
  page,
  dovecot,
}) => {
  const { imap: port } = dovecot.ports;
  await registerAccount(page, {
    name: "Careless",
    port,
    security: "TLS",
    skipCertificate: true,
    automaticCheck: false,
    user: "careless",
    password: MAIL_PASSWORD,
  });
  await expect(row(page, "Careless").getByText("Skip certificate", { exact: true })).toBeVisible();
  await openAccount(page, "Careless");
  const badge = page.getByRole("main").getByText("Skip certificate", { exact: true });
  await expect(badge).toBeVisible();
  await page.getByRole("link", { name: "Edit account" }).click();
  await accountDialog(page).getByLabel("Skip certificate?", { exact: true }).setChecked(false);
  await saveAccount(page);
  await expect(page.getByRole("heading", { name: "Careless", level: 1 })).toBeVisible();
  await expect(badge).toHaveCount(0);
});
