// Accounts from a CSV file: checked, tested row by row, imported; then tagged together and found by their tag.

import { MAIL_PASSWORD } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { checkAndViewInbox, entry, openAccounts, row } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test.beforeEach(async ({ page }) => {
  await open(page, "/");
  await openAccounts(page);
});

test("a file is checked, each row is tested, and what is right is imported", async ({ page, dovecot, tolerated }) => {
  tolerated.push(/422/);
  dovecot.deliver("first", letter({ subject: "Came by a file" }));
  const server = `127.0.0.1;${dovecot.ports.imap};none`;
  const lines = [
    "Account name;Address;Port;Connection type;User name;Password;Automatic check;Tags",
    `First of all;${server};first;${MAIL_PASSWORD};No;"north; east"`,
    `Second;${server};second;not it;No;`,
    `Third;${server};;;perhaps;`,
  ];
  await page.getByRole("link", { name: "Import CSV" }).click();
  const dialog = page.getByRole("dialog", { name: "Import accounts" });
  const check = dialog.getByRole("button", { name: "Check the file" });
  await expect(check).toBeDisabled();
  await dialog.getByLabel("CSV file", { exact: true }).fill("colour\nred");
  await check.click();
  await expect(dialog.getByLabel("CSV file", { exact: true })).toHaveAccessibleDescription(/name the columns/);
  await dialog
    .getByLabel("Choose a CSV file")
    .setInputFiles({ name: "accounts.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\r\n")) });
  await check.click();
  await expect(dialog.getByRole("heading", { name: "2 ready to import, 1 left out" })).toBeVisible();
  const line = (name: string) => dialog.getByRole("row").filter({ hasText: name });
  await expect(line("Third")).toContainText("Yes or No.");
  await expect(line("Third")).toContainText("Name a credential of the vault");
  await dialog.getByRole("button", { name: "Test all" }).click();
  await expect(line("First of all")).toContainText("Works");
  await expect(line("Second")).toContainText("The server rejected the user name or the password.");
  await dialog.getByRole("button", { name: "Import 2 accounts" }).click();
  await expect(dialog.getByRole("heading", { name: "2 imported, 1 left out" })).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(row(page, "Second")).toBeVisible();
  await checkAndViewInbox(page, "First of all");
  await expect(entry(page, "Came by a file")).toBeVisible();
});

test("several accounts are tagged at once and found by their tag", async ({ page, dovecot, tolerated }) => {
  tolerated.push(/422/);
  const server = `127.0.0.1,${dovecot.ports.imap},none`;
  const lines = ["Hamburg", "Kiel", "Passau"].map((name) => `${name},${server},${name},${MAIL_PASSWORD},no`);
  await page.getByRole("link", { name: "Import CSV" }).click();
  const file = page.getByRole("dialog", { name: "Import accounts" });
  const heading = "name,address,port,security,user name,password,automatic check";
  await file.getByLabel("CSV file", { exact: true }).fill([heading, ...lines].join("\n"));
  await file.getByRole("button", { name: "Check the file" }).click();
  await file.getByRole("button", { name: "Import 3 accounts" }).click();
  await file.getByRole("button", { name: "Close" }).last().click();
  for (const name of ["Hamburg", "Kiel"]) await row(page, name).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Tag…" }).click();
  const dialog = page.getByRole("dialog", { name: "Tag 2 accounts" });
  await dialog.getByRole("button", { name: "Tag", exact: true }).click();
  await expect(dialog.getByLabel("Add tags")).toHaveAccessibleDescription(/Type a tag/);
  await dialog.getByLabel("Add tags").fill("north, by the sea");
  await dialog.getByRole("button", { name: "Tag", exact: true }).click();
  await expect(dialog).toBeHidden();
  await row(page, "Kiel").getByRole("link", { name: "by the sea" }).click();
  await expect(row(page, "Hamburg")).toBeVisible();
  await expect(row(page, "Passau")).toBeHidden();
  await row(page, "Kiel").getByRole("link", { name: "Kiel", exact: true }).click();
  await expect(page.getByRole("list", { name: "Tags" })).toContainText("north");
});
