// Test connection: stage by stage before anything is saved, the remedy as a button, and a certificate that is trusted.

import { MAIL_PASSWORD } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { accountDialog, act, checkAndViewInbox, entry, fillAccount, openAccounts, registerAccount, row, saveAccount } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test.beforeEach(async ({ page }) => {
  await open(page, "/");
  await openAccounts(page);
});

test("a certificate that nobody vouches for is shown, trusted by its button, and the account works", async ({
  page,
  dovecot,
}) => {
  dovecot.deliver("trusting", letter({ subject: "Behind a trusted key" }));
  await page.getByRole("link", { name: "New", exact: true }).click();
  await fillAccount(page, {
    name: "Trusting",
    port: dovecot.ports.imaps,
    security: "SSL",
    automaticCheck: false,
    user: "trusting",
    password: MAIL_PASSWORD,
  });
  const dialog = accountDialog(page);
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await expect(dialog.getByRole("heading", { name: "The connection does not work." })).toBeVisible();
  await expect(dialog.getByText("Fingerprint (SHA-256)").first()).toBeVisible();
  await dialog.getByRole("button", { name: "Trust this certificate" }).click();
  // It is tested again at once, with the remedy applied.
  await expect(dialog.getByRole("heading", { name: "The connection works." })).toBeVisible();
  await expect(dialog.getByText("INBOX: 1 message", { exact: false })).toBeVisible();
  await expect(dialog.getByRole("group", { name: "Trusted certificate" })).toBeVisible();
  await saveAccount(page);
  await expect(row(page, "Trusting")).toContainText("Trusted certificate");
  await checkAndViewInbox(page, "Trusting");
  await expect(entry(page, "Behind a trusted key")).toBeVisible();
});

test("a wrong port and a wrong security lead by their remedies to a connection that works", async ({ page, dovecot }) => {
  dovecot.deliver("lost", letter({ subject: "Found" }));
  await page.getByRole("link", { name: "New", exact: true }).click();
  await fillAccount(page, {
    name: "Lost",
    port: dovecot.ports.imap,
    security: "SSL",
    skipCertificate: true,
    automaticCheck: false,
    user: "lost",
    password: "not the password",
  });
  const dialog = accountDialog(page);
  const button = dialog.getByRole("button", { name: "Test connection" });
  await button.click();
  await dialog.getByRole("button", { name: `Use TLS (STARTTLS) on port ${dovecot.ports.imap}` }).click();
  await expect(dialog.getByText("The server rejected the user name or the password.", { exact: false })).toBeVisible();
  await expect(dialog.getByText("Authentication failed", { exact: false })).toBeVisible();
  await dialog.getByRole("button", { name: "Change the credential" }).click();
  await expect(dialog.getByLabel("Credential for authentication", { exact: true })).toBeFocused();
  await dialog.getByLabel("Password", { exact: true }).fill(MAIL_PASSWORD);
  await button.click();
  await expect(dialog.getByRole("heading", { name: "The connection works." })).toBeVisible();
  await expect(dialog.getByText("The certificate was not looked at", { exact: false })).toBeVisible();
  await saveAccount(page);
});

test("an account that is saved is tested from its row", async ({ page, dovecot }) => {
  await registerAccount(page, {
    name: "Tested",
    port: dovecot.ports.pop3,
    protocol: "POP3",
    security: "none",
    automaticCheck: false,
    user: "tested",
    password: MAIL_PASSWORD,
  });
  await act(page, "Tested", "Test connection");
  const dialog = accountDialog(page);
  await expect(dialog.getByRole("heading", { name: "The connection works." })).toBeVisible();
  for (const stage of ["Name", "Connection", "Security", "Greeting", "Capabilities", "Sign-in", "Folder"]) {
    await expect(dialog.locator("#connection-test").getByText(stage, { exact: true })).toBeVisible();
  }
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, "Tested")).toBeVisible();
});

test("an account is duplicated with everything but its name", async ({ page, dovecot }) => {
  await registerAccount(page, {
    name: "Original",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "original",
    password: MAIL_PASSWORD,
  });
  await act(page, "Original", "Duplicate");
  const dialog = accountDialog(page);
  await expect(dialog.getByLabel("Account name", { exact: true })).toHaveValue("Original (copy)");
  await expect(dialog.getByLabel("Port", { exact: true })).toHaveValue(String(dovecot.ports.imap));
  await saveAccount(page);
  await expect(row(page, "Original (copy)")).toBeVisible();
});
