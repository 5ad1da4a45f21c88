// Access with OAuth2: agreed to in the browser or by a code, shown on the account, taken back and had again. A real
// authorization server, and a real Dovecot that asks it about every token.

import type { Page } from "@playwright/test";
import { Authorization } from "../support/authorization.js";
import { Dovecot } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { act, checkAndViewInbox, entry, openAccount, part, registerAccount, row } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

let provider: Authorization;
let mail: Dovecot;

test.beforeAll(async () => {
  provider = await Authorization.start();
  mail = await Dovecot.start(undefined, undefined, provider.introspection);
});

test.afterAll(async () => {
  await mail.stop();
  await provider.stop();
});

/** Nobody agrees: the application has a secret of its own. */
const APPLICATION = "An application";

const access = (page: Page) => page.getByRole("dialog", { name: "Access with OAuth2" });

/** Makes a credential of tokens, and comes to the dialog of its access. */
async function newCredential(page: Page, name: string, who: string): Promise<void> {
  await page.getByRole("button", { name: "New", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "New credential" });
  const fill = (label: string, text: string) => dialog.getByLabel(label, { exact: true }).fill(text);
  await fill("Credential name", name);
  await dialog.getByLabel("Kind", { exact: true }).selectOption({ label: "OAuth2" });
  await fill("User name", "ana");
  await dialog.getByLabel("Provider", { exact: true }).selectOption({ label: "Another provider" });
  await dialog.getByLabel("Who agrees", { exact: true }).selectOption({ label: who });
  await fill("Client ID", who === APPLICATION ? "confidential" : "public");
  if (who === APPLICATION) {
    await fill("Client secret", "client-secret-1");
  } else if (who.includes("browser")) {
    await expect(dialog.getByText("/oauth/callback")).toBeVisible();
    await fill("Authorization address", "http://login.example.org/authorize");
  } else {
    await fill("Device code address", `${provider.url}/device`);
  }
  await fill("Token address", `${provider.url}/token`);
  await fill("Scopes", "mail offline_access");
  await dialog.getByRole("button", { name: "Save" }).click();
  if (who.includes("browser")) {
    await expect(dialog, "what was typed stays").toContainText("Tokens travel over https alone.");
    await fill("Authorization address", `${provider.url}/authorize`);
    await dialog.getByRole("button", { name: "Save" }).click();
  }
  await expect(access(page)).toContainText("has not been asked yet");
}

test("somebody agrees in the browser, mail comes, and what is taken back is had again", async ({ page, tolerated }) => {
  // The provider of the lab has no icon.
  tolerated.push(/422/, /favicon/);
  mail.deliver("ana", letter({ subject: "By token" }));
  await open(page, "/settings/credentials");
  await newCredential(page, "Ana by token", "A person in this browser");
  await access(page).getByRole("button", { name: "Continue at Another provider" }).click();
  await expect(page.getByRole("heading", { name: "May Restante read the mailbox ana?" })).toBeVisible();
  await page.getByRole("link", { name: "Allow" }).click();
  await expect(access(page)).toContainText("Connected with Another provider");
  await expect(access(page)).toContainText("is renewed before that without anybody");
  await access(page).getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(row(page, "Ana by token")).toContainText("Another provider: Connected");

  const accounts = "/settings/email/accounts?q=Ana";
  await open(page, accounts);
  const port = mail.ports.imap;
  await registerAccount(page, { name: "Ana", port, security: "none", automaticCheck: false, credential: "Ana by token (ana)" });
  await checkAndViewInbox(page, "Ana");
  await expect(entry(page, "By token")).toBeVisible();

  await provider.tell("/set?revoke=refresh");
  await provider.tell("/set?revoke=access");
  await open(page, accounts);
  await act(page, "Ana", "Check now");
  await openAccount(page, "Ana");
  const failed = page.getByRole("heading", { name: "The last check failed" });
  await expect(failed).toBeVisible();
  await expect(page.getByText("Sign-in: The access to the mailbox has expired. Reconnect the account.")).toBeVisible();
  await expect(part(page, "Access")).toContainText("gives no tokens any more");
  await page.getByRole("link", { name: "Test connection" }).or(page.getByRole("button", { name: "Test connection" })).first().click();
  const remedy = page.getByRole("dialog").getByRole("button", { name: "Reconnect" });
  const beside = page.context().waitForEvent("page");
  await remedy.click();
  const opened = await beside;
  await expect(access(opened), "beside the form, which stays as it is").toBeVisible();
  await opened.close();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await open(page, accounts);
  await openAccount(page, "Ana");
  await part(page, "Access").getByRole("link", { name: "Reconnect" }).click();
  await access(page).getByRole("button", { name: "Reconnect" }).click();
  await page.getByRole("link", { name: "Refuse" }).click();
  await expect(access(page)).toContainText("Somebody refused it at the provider.");
  await access(page).getByRole("button", { name: "Reconnect" }).click();
  await page.getByRole("link", { name: "Allow" }).click();
  await expect(access(page)).toContainText("Connected with Another provider");
  await access(page).getByRole("link", { name: "Back to the account" }).click();
  await expect(part(page, "Access")).toContainText("Connected with Another provider");
  await expect(failed, "it is checked again by itself").toBeHidden();
});

test("somebody types a code on another device", async ({ page }) => {
  await open(page, "/settings/credentials");
  await newCredential(page, "Ana by code", "A person with a code");
  await access(page).getByRole("button", { name: "Get a code" }).click();
  const code = access(page).getByText(/^[0-9A-F]{8}$/);
  await expect(code).toBeVisible();
  await expect(access(page).getByRole("link", { name: `${provider.url}/device` })).toHaveAttribute("rel", /noopener/);
  await provider.tell(`/approve?code=${await code.textContent()}`);
  await expect(access(page)).toContainText("Connected with Another provider");
  await expect(code).toBeHidden();
});

test("an application signs in by its own secret, without anybody", async ({ page }) => {
  mail.deliver("ana", letter({ subject: "By the application" }));
  await open(page, "/settings/credentials");
  await newCredential(page, "Ana by application", APPLICATION);
  await access(page).getByRole("button", { name: "Connect", exact: true }).click();
  await expect(access(page)).toContainText("Connected with Another provider");
  await access(page).getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(row(page, "Ana by application")).toContainText("Another provider: Connected");
  await expect(page.getByText("client-secret-1")).toHaveCount(0);

  const accounts = "/settings/email/accounts?q=Unattended";
  await open(page, accounts);
  const credential = "Ana by application (ana)";
  await registerAccount(page, { name: "Unattended", port: mail.ports.imap, security: "none", automaticCheck: false, credential });
  await checkAndViewInbox(page, "Unattended");
  await expect(entry(page, "By the application")).toBeVisible();

  // A token that is taken back is replaced within the check, and nobody has to do anything.
  await provider.tell("/set?revoke=access");
  mail.deliver("ana", letter({ subject: "By another token" }));
  await open(page, accounts);
  await checkAndViewInbox(page, "Unattended");
  await expect(entry(page, "By another token")).toBeVisible();
});
