// What a person does on the screens, by the words that stand there.

import { type Locator, type Page, expect } from "@playwright/test";
import { MAIL_PASSWORD, type Dovecot } from "./dovecot.js";

/** What is filled into the dialog. What is left out keeps its default. */
export interface AccountFields {
  name: string;
  protocol?: "IMAP" | "POP3";
  port: number;
  security: "none" | "SSL" | "TLS";
  /** A new credential of a user name and a password. */
  user?: string;
  password?: string;
  /** A credential that exists, by the words in the list. */
  credential?: string;
  keepCopy?: boolean;
  automaticCheck?: boolean;
  enabled?: boolean;
  skipCertificate?: boolean;
  /** Under *Advanced*, such as `10 KB`. */
  largestMessage?: string;
}

/** Waits until the page answers to clicks. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator("body[data-hydrated]").waitFor({ state: "attached" });
}

export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await hydrated(page);
}

/** The way of the how-to: Products menu, Settings, E-mail > IMAP Configuration / POP3. */
export async function openAccounts(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Products menu" }).hover();
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "IMAP Configuration / POP3" }).click();
  await expect(page.getByRole("heading", { name: "IMAP Configuration / POP3" })).toBeVisible();
}

export function accountDialog(page: Page): Locator {
  return page.getByRole("dialog", { name: "POP3/IMAP account registration" });
}

/** Fills the dialog by its labels and saves it. */
export async function registerAccount(page: Page, fields: AccountFields): Promise<void> {
  await page.getByRole("link", { name: "New", exact: true }).click();
  await fillAccount(page, fields);
  await saveAccount(page, fields.keepCopy === false && fields.enabled !== false);
}

/** The usual mailbox: over IMAP without encryption, checked by hand. */
export async function registerMailbox(page: Page, dovecot: Dovecot, name: string, user: string): Promise<void> {
  await openAccounts(page);
  const { imap: port } = dovecot.ports;
  await registerAccount(page, { name, port, security: "none", automaticCheck: false, user, password: MAIL_PASSWORD });
}

export async function fillAccount(page: Page, fields: AccountFields): Promise<void> {
  const dialog = accountDialog(page);
  await expect(dialog).toBeVisible();
  const field = (label: string) => dialog.getByLabel(label, { exact: true });
  const answer = async (label: string, yes: boolean | undefined) => {
    if (yes !== undefined) await field(label).setChecked(yes);
  };

  await field("Account name").fill(fields.name);
  await answer("Keep copy in server", fields.keepCopy);
  await answer("Automatic check", fields.automaticCheck);
  await answer("Enabled", fields.enabled);
  await field("Address").fill("127.0.0.1");
  await field("Port").fill(String(fields.port));
  await field("Protocol").selectOption({ label: fields.protocol ?? "IMAP" });
  await field("Credential for authentication").selectOption({ label: fields.credential ?? "New credential…" });
  if (fields.credential === undefined) {
    await field("Credential name").fill(fields.name);
    await field("User name").fill(fields.user ?? "");
    await field("Password").fill(fields.password ?? "");
  }
  await answer("Skip certificate?", fields.skipCertificate);
  await field("Use safe connection").setChecked(fields.security !== "none");
  if (fields.security === "none") {
    await expect(field("Secure connection type")).toBeDisabled();
    await expect(field("Secure connection type")).toHaveValue("");
  } else {
    await field("Secure connection type").selectOption({ label: fields.security });
  }
  if (fields.largestMessage !== undefined) {
    await dialog.getByText("Advanced", { exact: true }).click();
    await field("Largest message").fill(fields.largestMessage);
  }
}

/** Where mail will be deleted on the server, that it is so many messages is said before it is saved. */
export async function saveAccount(page: Page, empties = false): Promise<void> {
  const dialog = accountDialog(page);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  if (empties) await dialog.getByRole("button", { name: "Save and delete on the server" }).click();
  await expect(dialog).toBeHidden();
}

/** The row of the report that holds a name. */
export function row(page: Page, name: string): Locator {
  return page.getByRole("row").filter({ has: page.getByText(name, { exact: true }) });
}

/** Opens the page of an account from its row in the report, and says its id. */
export async function openAccount(page: Page, name: string): Promise<number> {
  await row(page, name).getByRole("link", { name, exact: true }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  return Number(new URL(page.url()).pathname.match(/accounts\/(\d+)$/)![1]);
}

/** A part of the account page by its heading. */
export function part(page: Page, heading: string): Locator {
  return page.locator("section").filter({ has: page.getByRole("heading", { name: heading, level: 2 }) });
}

/** Chooses from the Action menu of a row. */
export async function act(page: Page, name: string, action: string): Promise<void> {
  await row(page, name).getByRole("button", { name: "Action" }).click();
  await page.getByRole("menu", { name: "Action" }).getByRole("menuitem", { name: action, exact: true }).click();
}

/** The entry of the inbox that has this subject. */
export function entry(page: Page, subject: string): Locator {
  return page.getByRole("link", { name: subject });
}

/** Checks an account now and opens its inbox, where the messages then appear. */
export async function checkAndViewInbox(page: Page, account: string): Promise<void> {
  await act(page, account, "Check now");
  await act(page, account, "View inbox");
  await expect(page.getByRole("heading", { name: "Inbox", exact: false }).first()).toBeVisible();
}

/** Downloads the attachment of the message that is open. */
export async function downloadAttachment(page: Page, name: string): Promise<Buffer> {
  await page.getByRole("tab", { name: /^Attachments/ }).click();
  const begun = page.waitForEvent("download");
  await page.getByRole("link", { name: `Download ${name}` }).click();
  const download = await begun;
  expect(download.suggestedFilename()).toBe(name);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
