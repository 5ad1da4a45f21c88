// The audit: what people did is there, with what it changed, to be searched, shared and downloaded.

import { readFileSync } from "node:fs";
import { MAIL_PASSWORD } from "../support/dovecot.js";
import { accountDialog, act, openAccounts, registerAccount, row, saveAccount } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test("who did what is recorded, found by its search fields, and shown before and after", async ({ page, dovecot }) => {
  await open(page, "/");
  await openAccounts(page);
  await registerAccount(page, {
    name: "=Audited",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "audited",
    password: MAIL_PASSWORD,
  });
  await act(page, "=Audited", "Edit account");
  await accountDialog(page).getByLabel("Skip certificate?", { exact: true }).setChecked(true);
  await accountDialog(page).getByLabel("Keep copy in server", { exact: true }).setChecked(false);
  await saveAccount(page, true);
  await act(page, "=Audited", "Pause");
  await expect(row(page, "=Audited")).toContainText("Paused");

  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Audit" }).click();
  await expect(page.getByRole("heading", { name: "Audit", level: 1 })).toBeVisible();
  const first = page.getByRole("row").nth(1);
  await expect(first.getByRole("cell").nth(3)).toHaveText("Account paused");
  await expect(first.getByRole("cell").nth(1)).toHaveText("Ada");
  await expect(first.getByRole("cell").nth(2)).toHaveText("127.0.0.1");

  await page.getByRole("button", { name: "More" }).click();
  await page.getByLabel("Action", { exact: true }).selectOption({ label: "Account changed" });
  await page.getByLabel("On what", { exact: true }).fill("=audited");
  await expect(page).toHaveURL(/action=account\.changed.*on=/);
  const changed = page.getByRole("row").filter({ hasText: "account =Audited" });
  await expect(changed).toHaveCount(1);
  await changed.getByText("1 field").click();
  await expect(changed.getByRole("table", { name: "Changes" }).getByRole("row").nth(1)).toContainText(/Keep copy\s*yes\s*no/);

  await page.reload();
  await expect(page.getByRole("row").filter({ hasText: "account =Audited" }), "the URL holds the view").toHaveCount(1);
  await page.getByRole("link", { name: "Remove the filter Action: Account changed" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Certificate skipped" })).toHaveCount(1);
  const begun = page.waitForEvent("download");
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("link", { name: "Export CSV" }).click();
  const csv = readFileSync(await (await begun).path(), "utf8").trim().split("\r\n");
  expect(csv.map((line) => line.split(",")[4])).toEqual([
    "Action",
    "account.paused",
    "account.certificate_skipped",
    "account.changed",
    "account.connection_tested",
    "account.created",
    "credential.created",
  ]);
  for (const line of csv.slice(1)) expect(line).toContain("\"'=Audited\"");
  expect(csv.join()).not.toContain(MAIL_PASSWORD);
  await act(page, "Account paused", "Only this action");
  await expect(page).toHaveURL(/action=account\.paused/);

  await page.getByLabel("Who", { exact: true }).fill("nobody of that name");
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
});

test("the audit is paged, and reads without JavaScript", async ({ browser, restante, session }) => {
  for (let number = 0; number < 12; number += 1) {
    await fetch(`${restante.url}/sign-in`, {
      method: "POST",
      headers: { origin: restante.url, "content-type": "application/x-www-form-urlencoded" },
      body: `name=stranger${number}&password=wrong`,
    });
  }
  const context = await browser.newContext({ baseURL: restante.url, storageState: session, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto("/settings/audit?size=10&action=person.sign_in_refused");
  await expect(page.getByRole("row")).toHaveCount(11);
  await expect(page.getByRole("navigation", { name: "Pages" }).getByRole("status")).toHaveText(/^1–10 of \d+$/);
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page).toHaveURL(/cursor=/);
  await expect(page.getByRole("navigation", { name: "Pages" }).getByRole("status")).toHaveText(/^11–\d+ of \d+$/);
  await expect(page.getByText("stranger0"), "it may be a password in the wrong field").toHaveCount(0);
  await context.close();
});
