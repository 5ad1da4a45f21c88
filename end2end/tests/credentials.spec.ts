// The vault: kinds, the accounts that use a credential, how it does, a new password tried on all of them at once, and
// sources that the configuration file names.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAIL_PASSWORD } from "../support/dovecot.js";
import { ADMINISTRATOR, Restante } from "../support/restante.js";
import { act, openAccounts, registerAccount, row, signIn } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test("a credential says who uses it and why it fails, and a new password is tried at once", async ({ page, dovecot }) => {
  await open(page, "/");
  await openAccounts(page);
  await registerAccount(page, {
    name: "Vaulted",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "vaulted",
    password: "not-the-password-7f",
  });
  await act(page, "Vaulted", "Check now");
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Credentials" }).click();
  const vaulted = page.getByRole("row").filter({ has: page.getByText("Vaulted", { exact: true }) }).first();
  await expect(vaulted).toContainText("The server rejected the user name or the password.");
  await expect(vaulted.getByRole("link", { name: "Vaulted" })).toHaveAttribute("href", /\/settings\/email\/accounts\/\d+$/);
  await expect(vaulted).toContainText("never");

  await vaulted.getByRole("button", { name: "Action" }).click();
  await page.getByRole("menuitem", { name: "Change password", exact: true }).click();
  await page.getByLabel("Password", { exact: true }).fill(MAIL_PASSWORD);
  await page.getByRole("button", { name: "Save" }).click();
  const told = page.getByRole("dialog", { name: "The password is changed" });
  await expect(told).toContainText("Every enabled account that uses Vaulted signed in with it.");
  await expect(told).toContainText(/Signed in\s*1\s*Failed\s*0\s*Waiting\s*0/);
  await told.getByRole("button", { name: "Done" }).click();
  await expect(vaulted).not.toContainText("rejected");
  await expect(vaulted).not.toContainText("never");

  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByLabel("Credential name", { exact: true }).fill("=At the provider");
  await page.getByLabel("Kind", { exact: true }).selectOption({ label: "App password" });
  await page.getByLabel("User name", { exact: true }).fill("anna");
  await expect(page.getByLabel("Source", { exact: true }), "nothing is configured").toHaveCount(0);
  await page.getByLabel("Password", { exact: true }).fill("canary-of-the-vault-3c");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(row(page, "=At the provider")).toContainText("App password");
  await page.goto("/settings/credentials?q=vaulted");
  const begun = page.waitForEvent("download");
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("link", { name: "Export CSV" }).click();
  const csv = readFileSync(await (await begun).path(), "utf8");
  expect(csv).toContain("Vaulted,Password,sealed here,vaulted,1,Vaulted,");
  expect(csv, "what is searched for, and nothing else").not.toContain("provider");
  for (const text of [csv, await page.content()]) {
    for (const secret of [MAIL_PASSWORD, "canary-of-the-vault-3c", "not-the-password-7f"]) expect(text).not.toContain(secret);
  }
});

test("a secret from outside is chosen by its name and never typed", async ({ browser }) => {
  const secrets = mkdtempSync(join(tmpdir(), "restante-secrets-"));
  writeFileSync(join(secrets, "mounted"), `${MAIL_PASSWORD}\n`);
  const configuration = join(secrets, "restante.toml");
  writeFileSync(configuration, `[credential_sources]\ndirectory = "${secrets}"\nfiles = ["mounted"]\n`);
  process.env.RESTANTE_CONFIG = configuration;
  const restante = await Restante.startWithAdministrator().finally(() => delete process.env.RESTANTE_CONFIG);
  const context = await browser.newContext({ baseURL: restante.url });
  const page = await context.newPage();
  await signIn(page, ADMINISTRATOR.name, ADMINISTRATOR.password);
  await open(page, "/settings/credentials");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByLabel("Credential name", { exact: true }).fill("Outside");
  await page.getByLabel("User name", { exact: true }).fill("mounted");
  await page.getByLabel("Source", { exact: true }).selectOption({ label: "From the file mounted" });
  await expect(page.getByLabel("Password", { exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(row(page, "Outside")).toContainText("from the file mounted");
  await context.close();
  await restante.stop();
});
