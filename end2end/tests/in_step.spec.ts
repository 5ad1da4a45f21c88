// An account that stays in step with its server: chosen under Advanced, read and flagged state told there, and what leaves
// there shown as gone here.

import { MAIL_PASSWORD } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { accountDialog, checkAndViewInbox, entry, fillAccount, openAccounts, saveAccount } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test("read and flagged state reaches the server, and what leaves it is said", async ({ page, dovecot, restante }) => {
  for (const subject of ["Read me", "Flag me", "Remove me"]) dovecot.deliver("mirror", letter({ subject }));
  await open(page, "/");
  await openAccounts(page);
  await page.getByRole("link", { name: "New", exact: true }).click();
  const { imap: port } = dovecot.ports;
  await fillAccount(page, { name: "Mirror", port, security: "none", automaticCheck: false, user: "mirror", password: MAIL_PASSWORD });
  const dialog = accountDialog(page);
  await dialog.getByText("Advanced", { exact: true }).click();
  await dialog.getByLabel("Mirror read state", { exact: true }).setChecked(true);
  await dialog.getByLabel("Drop when gone (days)", { exact: true }).fill("0");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByText("Whole days from 1 to 3650, or blank to keep it.").first()).toBeVisible();
  await dialog.getByLabel("Drop when gone (days)", { exact: true }).fill("30");
  await saveAccount(page);
  await checkAndViewInbox(page, "Mirror");

  await entry(page, "Read me").click();
  await expect(page.getByRole("button", { name: "Mark as unread" })).toBeVisible();
  await entry(page, "Flag me").click();
  await page.getByRole("button", { name: "Flag", exact: true }).click();
  await page.getByRole("button", { name: "Mark as unread" }).click();
  await expect(page.getByRole("button", { name: "Remove flag" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Mark as read" })).toBeVisible();
  const check = () => expect(restante.command("check", "Mirror")).toMatchObject({ outcome: "ok" });
  check();
  expect(dovecot.flags("mirror")).toEqual(["S", "F", ""]);

  // Nothing of the third one was touched: another program removes it.
  dovecot.remove("mirror", "S");
  dovecot.remove("mirror", "S");
  check();
  await entry(page, "Remove me").click();
  await expect(page.getByText("Gone from the server, kept here")).toBeVisible();
  const rows = restante.command("account", "show", "Mirror") as { mirror_read_state: boolean; drop_gone_after_days: number };
  expect(rows).toMatchObject({ mirror_read_state: true, drop_gone_after_days: 30 });
});
