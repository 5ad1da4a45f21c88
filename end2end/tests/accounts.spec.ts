// The accounts report and its dialog: registering, editing, pausing, and what happens when the server says no.

import { MAIL_PASSWORD } from "../support/dovecot.js";
import { anyBytes, letter } from "../support/messages.js";
import {
  accountDialog,
  act,
  checkAndViewInbox,
  downloadAttachment,
  entry,
  fillAccount,
  openAccounts,
  registerAccount,
  row,
  saveAccount,
} from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test.beforeEach(async ({ page }) => {
  await open(page, "/");
  await openAccounts(page);
});

test("a new account starts with its defaults, whether the dialog is clicked or loaded", async ({ page }) => {
  const starts = async () => {
    const field = (label: string) => accountDialog(page).getByLabel(label, { exact: true });
    await expect(field("Account name")).toHaveValue("");
    await expect(field("Address")).toHaveValue("");
    await expect(field("Port")).toHaveValue("993");
    await expect(field("Check interval (minutes)")).toHaveValue("5");
    await expect(field("Keep copy in server")).toBeChecked();
    await expect(field("Skip certificate?")).not.toBeChecked();
  };
  await page.getByRole("link", { name: "New", exact: true }).click();
  await starts();
  await open(page, new URL(page.url()).pathname);
  await starts();
  // What the page asks for by itself when it comes alive must not begin the form anew.
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await starts();
});

test("what stands under Advanced is kept, and refused at its field", async ({ page }) => {
  await registerAccount(page, {
    name: "Policies",
    port: 1,
    security: "none",
    automaticCheck: false,
    user: "advanced",
    password: MAIL_PASSWORD,
  });
  const field = (label: string) => accountDialog(page).getByLabel(label, { exact: true });
  await act(page, "Policies", "Edit account");
  await accountDialog(page).getByText("Advanced", { exact: true }).click();
  await field("Delete after (days)").fill("soon");
  await accountDialog(page).getByRole("button", { name: "Save" }).click();
  await expect(field("Delete after (days)")).toHaveAccessibleDescription(/Whole days from 1 to 3650/);
  await field("Delete after (days)").fill("30");
  await field("Check interval (minutes)").fill("2.5");
  await field("Folders").fill("INBOX, Sent");
  await field("Largest message").fill("25 mb");
  await field("Instant").setChecked(true);
  await saveAccount(page);
  await act(page, "Policies", "Edit account");
  await expect(field("Delete after (days)")).toHaveValue("30");
  await expect(field("Check interval (minutes)")).toHaveValue("2.50");
  await expect(field("Folders")).toHaveValue("INBOX, Sent");
  await expect(field("Largest message")).toHaveValue("25 MB");
  await expect(field("Instant")).toBeChecked();
});

test("a POP3 mailbox is registered, fetched and read", async ({ page, dovecot }) => {
  const bytes = anyBytes(12_345);
  dovecot.deliver("popper", letter({ subject: "Over POP3", attachment: { name: "data.bin", bytes } }));
  await registerAccount(page, {
    name: "Popper",
    protocol: "POP3",
    port: dovecot.ports.pop3s,
    security: "SSL",
    skipCertificate: true,
    automaticCheck: false,
    user: "popper",
    password: MAIL_PASSWORD,
  });
  await expect(row(page, "Popper")).toContainText("POP3");
  await checkAndViewInbox(page, "Popper");
  await entry(page, "Over POP3").click();
  expect(await downloadAttachment(page, "data.bin")).toEqual(bytes);
  expect(dovecot.count("popper"), "a copy is kept unless somebody says No").toBe(1);
});

test("STARTTLS with a certificate that nobody vouches for is refused, and works once it is skipped", async ({
  page,
  dovecot,
}) => {
  dovecot.deliver("careful", letter({ subject: "Sealed" }));
  await registerAccount(page, {
    name: "Careful",
    port: dovecot.ports.imap,
    security: "TLS",
    automaticCheck: false,
    user: "careful",
    password: MAIL_PASSWORD,
  });
  await act(page, "Careful", "Check now");
  await expect(row(page, "Careful")).toContainText(/certificate/i);

  await act(page, "Careful", "Edit account");
  await accountDialog(page).getByLabel("Skip certificate?", { exact: true }).setChecked(true);
  await saveAccount(page);
  await checkAndViewInbox(page, "Careful");
  await expect(entry(page, "Sealed")).toBeVisible();
});

test("a wrong password shows the server's own words on the row", async ({ page, dovecot }) => {
  await registerAccount(page, {
    name: "Forgetful",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "forgetful",
    password: "not the password",
  });
  await act(page, "Forgetful", "Check now");
  const forgetful = row(page, "Forgetful");
  await expect(forgetful).toContainText("Sign-in: The server rejected the user name or the password.");
  await forgetful.getByText("The server's own words").click();
  await expect(forgetful.getByText("Authentication failed")).toBeVisible();
});

test("an account is edited, and its stored password stays where it is", async ({ page, dovecot }) => {
  dovecot.deliver("editor", letter({ subject: "Before the edit" }));
  await registerAccount(page, {
    name: "Editor",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "editor",
    password: MAIL_PASSWORD,
  });
  await act(page, "Editor", "Edit account");
  const dialog = accountDialog(page);
  await expect(dialog.getByLabel("Port", { exact: true })).toHaveValue(String(dovecot.ports.imap));
  await expect(dialog.getByLabel("Password", { exact: true })).toHaveCount(0);
  await dialog.getByLabel("Account name", { exact: true }).fill("Renamed");
  await saveAccount(page);
  await expect(row(page, "Renamed")).toBeVisible();
  await expect(row(page, "Editor")).toHaveCount(0);
  await checkAndViewInbox(page, "Renamed");
  await expect(entry(page, "Before the edit")).toBeVisible();
});

test("what is wrong with a form is said at its field", async ({ page }) => {
  await page.getByRole("link", { name: "New", exact: true }).click();
  const dialog = accountDialog(page);
  await dialog.getByLabel("Port", { exact: true }).fill("70000");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByLabel("Account name", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByLabel("Address", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByLabel("Port", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByRole("alert")).toBeVisible();
});

test("Keep copy in server No empties the server once the mail is here", async ({ page, dovecot }) => {
  for (const subject of ["One to move", "Two to move", "Three to move"]) dovecot.deliver("mover", letter({ subject }));
  await page.getByRole("link", { name: "New", exact: true }).click();
  await fillAccount(page, {
    name: "Mover",
    port: dovecot.ports.imaps,
    security: "SSL",
    skipCertificate: true,
    keepCopy: false,
    automaticCheck: false,
    user: "mover",
    password: MAIL_PASSWORD,
  });
  const dialog = accountDialog(page);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog.getByText("3 messages will be deleted on the server once they are stored here")).toBeVisible();
  // What is changed then may be another mailbox: it is counted again.
  await dialog.getByLabel("Port", { exact: true }).fill("9");
  await expect(dialog.getByText("Something was changed since")).toBeVisible();
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog.getByText("could not be found out")).toBeVisible();
  await dialog.getByLabel("Port", { exact: true }).fill(String(dovecot.ports.imaps));
  await saveAccount(page, true);
  await checkAndViewInbox(page, "Mover");
  for (const subject of ["One to move", "Two to move", "Three to move"]) {
    await expect(entry(page, subject)).toBeVisible();
  }
  await expect.poll(() => dovecot.count("mover")).toBe(0);
});

test("an account is paused and resumed", async ({ page, dovecot }) => {
  await registerAccount(page, {
    name: "Sleeper",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "sleeper",
    password: MAIL_PASSWORD,
  });
  await act(page, "Sleeper", "Pause");
  await expect(row(page, "Sleeper")).toContainText(/paused/i);
  await act(page, "Sleeper", "Resume");
  await expect(row(page, "Sleeper")).not.toContainText(/paused/i);
});
