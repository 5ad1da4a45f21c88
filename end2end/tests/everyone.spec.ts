// Restante for everyone: without JavaScript, with the keyboard alone, and as axe sees it in both themes.

import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import { MAIL_PASSWORD, type Dovecot } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { Restante } from "../support/restante.js";
import { accountDialog, checkAndViewInbox, entry, openAccounts, part, registerAccount, row } from "../support/screen.js";
import { SCREENS, stage } from "../support/stage.js";
import { expect, open, test } from "../support/test.js";

// The browser reports the status of a page that is meant not to exist.
test.use({ tolerated: [/404.*\/nowhere|422/] });

test("accounts, an account, its inbox and a message read without JavaScript", async ({ page, browser, restante, session, dovecot }) => {
  const { account, emptied, message } = await stage(page, restante, dovecot);
  const context = await browser.newContext({ baseURL: restante.url, storageState: session, javaScriptEnabled: false });
  const plain = await context.newPage();

  await plain.goto("/settings/email/accounts");
  await expect(row(plain, "Staged")).toContainText("IMAP");
  await plain.goto(`/settings/email/accounts/${emptied}`);
  await expect(part(plain, "Recent checks").getByRole("row").nth(1)).toContainText("Check now");
  await expect(part(plain, "Quarantine")).toContainText("Too large");
  await expect(part(plain, "Receipts").getByRole("link", { name: "Moved 1" })).toBeVisible();
  await plain.goto(`/accounts/${account}/inbox`);
  await expect(entry(plain, "Welcome aboard")).toBeVisible();
  await plain.goto(`/messages/${message}`);
  await expect(plain.getByRole("heading", { name: "Welcome aboard" })).toBeVisible();
  await expect(plain.frameLocator('iframe[title="Message"]').getByText("Everything is ready.")).toBeVisible();
  await context.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing on any screen, ${colorScheme}`, async ({ page, restante, dovecot }) => {
    test.slow();
    const staged = await stage(page, restante, dovecot);
    await page.emulateMedia({ colorScheme });
    for (const screen of SCREENS) {
      await open(page, screen.path(staged));
      await screen.ready(page);
      await finds(page, screen.name);
      await staysWithin(page, screen.name);
    }
  });

  test(`axe finds nothing before anybody is signed in, ${colorScheme}`, async ({ browser, restante }) => {
    const empty = await Restante.startEmpty();
    await alone(browser, colorScheme, `${empty.url}/set-up`, "Create administrator");
    await alone(browser, colorScheme, `${restante.url}/sign-in`, "Sign in");
    await empty.stop();
  });
}

test("an account is registered and its mail opened with the keyboard alone", async ({ page, dovecot }) => {
  dovecot.deliver("typist", letter({ subject: "No mouse needed" }));
  await open(page, "/");
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  await page.getByRole("button", { name: "Products menu" }).focus();
  await press("ArrowDown", "ArrowDown", "ArrowDown");
  await expect(page.getByRole("link", { name: "Settings", exact: true })).toBeFocused();
  await press("Enter");
  await expect(page.getByRole("heading", { name: "IMAP Configuration / POP3" })).toBeVisible();
  await page.getByRole("link", { name: "New", exact: true }).focus();
  await press("Enter");

  const dialog = accountDialog(page);
  await expect(dialog).toBeVisible();
  const type = async (label: string, text: string) => {
    await tabTo(page, dialog.getByLabel(label, { exact: true }));
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
  };
  await type("Account name", "Typist");
  await tabTo(page, dialog.getByLabel("Automatic check", { exact: true }));
  await press("Space");
  await type("Address", "127.0.0.1");
  await type("Port", String(dovecot.ports.imap));
  await tabTo(page, dialog.getByLabel("Credential for authentication", { exact: true }));
  await press("End");
  await type("User name", "typist");
  await type("Password", MAIL_PASSWORD);
  await tabTo(page, dialog.getByLabel("Use safe connection", { exact: true }));
  await press("Space", "Enter");
  await expect(dialog).toBeHidden();

  await row(page, "Typist").getByRole("button", { name: "Action" }).focus();
  await press("Enter");
  await choose(page, "Check now");
  await row(page, "Typist").getByRole("button", { name: "Action" }).focus();
  await press("Enter");
  await choose(page, "View inbox");
  await expect(entry(page, "No mouse needed")).toBeVisible();
  await press("j", "Enter");
  await expect(page.getByRole("heading", { name: "No mouse needed" })).toBeVisible();
});

test("Esc asks before it drops what was typed", async ({ page }) => {
  await open(page, "/settings/email/accounts");
  await page.getByRole("link", { name: "New", exact: true }).click();
  const dialog = accountDialog(page);
  await dialog.getByLabel("Account name", { exact: true }).fill("Half done");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("alertdialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await expect(dialog.getByLabel("Account name", { exact: true })).toHaveValue("Half done");
});

/** Fails with what axe has against the page: rule, and where. Mail in its frame is other people's work. */
async function finds(page: Page, screen: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"])
    .exclude("iframe")
    .analyze();
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join("\n  ")}`);
  expect(told, `axe on ${screen}`).toEqual([]);
}

/** Fails where a low window cuts off the buttons of an open dialog instead of letting its body scroll. */
async function staysWithin(page: Page, screen: string): Promise<void> {
  const buttons = page.locator("dialog[open]").locator(".dialog-header, .dialog-footer").getByRole("button");
  if ((await buttons.count()) === 0) return;
  const { width, height } = page.viewportSize()!;
  await page.setViewportSize({ width, height: 360 });
  for (const button of await buttons.all()) await expect(button, `a button of the dialog on ${screen}`).toBeInViewport({ ratio: 0.9 });
  await page.setViewportSize({ width, height });
}

async function alone(browser: Browser, colorScheme: "light" | "dark", url: string, button: string): Promise<void> {
  const context = await browser.newContext({ colorScheme, storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto(url);
  await expect(page.getByRole("button", { name: button })).toBeVisible();
  await finds(page, url);
  await context.close();
}

/** Presses Tab until the focus is there, as a person would. */
async function tabTo(page: Page, target: ReturnType<Page["getByLabel"]>): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reaches ${target}`);
}

/** Walks down the open menu to a choice and takes it. */
async function choose(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 15; presses += 1) {
    const focused = await page.evaluate(() => document.activeElement?.textContent?.trim());
    if (focused === name) {
      await page.keyboard.press("Enter");
      return;
    }
    await page.keyboard.press("ArrowDown");
    await page.waitForTimeout(50);
  }
  throw new Error(`the arrow keys never reach ${name}`);
}

test("a page that loses a part of its program says so, and how to go on", async ({ page, tolerated }) => {
  tolerated.push(/split_accounts|failed to load|Failed to (fetch|load)|unreachable|panicked/);
  await page.route(/split_accounts/, (route) => route.abort());
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("This page has stopped working.");
  await page.unroute(/split_accounts/);
  await page.getByRole("link", { name: "Reload the page" }).click();
  await page.locator("body[data-hydrated]").waitFor({ state: "attached" });
  await expect(page.getByText("This page has stopped working.")).toBeHidden();
});
