// Searching mail: the grammar, what is wrong said at its place, suggestions, marked words, flags and tags.

import type { Page } from "@playwright/test";
import type { Dovecot } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { checkAndViewInbox, entry, registerMailbox } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

const box = (page: Page) => page.getByRole("combobox", { name: "Search mail" });

/** The messages that are listed; beside an open message the list has no head. */
const rows = (page: Page) => page.locator("tr[data-key]");

async function search(page: Page, words: string): Promise<void> {
  await box(page).fill(words);
  await box(page).press("Enter");
}

/** An inbox of three messages of three people. */
async function inbox(page: Page, dovecot: Dovecot, name: string, user: string): Promise<void> {
  dovecot.deliver(user, letter({ from: "Anna Ek <anna@example.org>", subject: "Invoice for March", text: "The sum is due." }));
  dovecot.deliver(user, letter({ from: "Bo Lind <bo@example.org>", subject: "Lunch", text: "No invoice today, Anna pays." }));
  dovecot.deliver(user, letter({ from: "Cid <cid@example.net>", subject: "Plans", text: "The Größe of an invoice", html: "<p>The <b>Größe</b> of an invoice</p>" }));
  await open(page, "/");
  await registerMailbox(page, dovecot, name, user);
  await checkAndViewInbox(page, name);
  await expect(entry(page, "Plans")).toBeVisible();
  // Words are found once they are indexed.
  await expect(async () => {
    await search(page, "invoice");
    await expect(rows(page)).toHaveCount(3, { timeout: 500 });
    await search(page, "");
  }).toPass();
}

test("fields, phrases and exclusions find what they say, and found words are marked", async ({ page, dovecot }) => {
  await inbox(page, dovecot, "Grammar", "grammar");
  await search(page, "invoice from:anna");
  await expect(rows(page)).toHaveCount(1);
  await expect(entry(page, "Invoice for March").locator("mark")).toHaveText("Invoice");
  await search(page, '"invoice today"');
  await expect(entry(page, "Lunch")).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
  await search(page, "invoice -from:anna -from:bo ");
  await expect(entry(page, "Plans")).toBeVisible();
  await expect(rows(page)).toHaveCount(1);

  await search(page, "grosse OR größe");
  await entry(page, "Plans").click();
  await expect(page.frameLocator('iframe[title="Message"]').locator("mark")).toHaveText("Größe");
  await page.getByRole("tab", { name: "Text" }).click();
  await expect(page.getByRole("tabpanel").locator("mark")).toHaveText("Größe");
});

test("a search that makes no sense says so at its place", async ({ page, dovecot, tolerated }) => {
  tolerated.push(/422/);
  await inbox(page, dovecot, "Nonsense", "nonsense");
  await search(page, "invoice (from:anna");
  await expect(page.getByRole("alert")).toHaveText("This parenthesis is never closed. See “(” at character 9.");
  await expect(box(page)).toHaveAttribute("aria-invalid", "true");
  await search(page, "invoice (from:anna OR from:bo)");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(rows(page)).toHaveCount(2);
});

test("suggestions complete fields and senders, by keyboard alone", async ({ page, dovecot }) => {
  await inbox(page, dovecot, "Suggested", "suggested");
  const list = page.getByRole("listbox", { name: "Suggestions" });
  await box(page).pressSequentially("-fro");
  await expect(list.getByRole("option", { name: /^-from:\s*name or address/ })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(box(page)).toHaveValue("-from:");
  await page.keyboard.type("bo@");
  await expect(list.getByRole("option", { name: "-from:bo@example.org" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(box(page)).toHaveValue("-from:bo@example.org ");
  await expect(list).toBeHidden();
  await expect(rows(page)).toHaveCount(2);
  await expect(entry(page, "Lunch")).toHaveCount(0);

  // What was searched for is offered again; Escape closes the list alone.
  await box(page).fill("");
  await expect(list.getByRole("option", { name: "-from:bo@example.org recent search" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
});

test("flags and tags are put on, searched for, and taken off", async ({ page, dovecot }) => {
  await inbox(page, dovecot, "Marked", "marked");
  await entry(page, "Lunch").click();
  await expect(page.getByRole("heading", { name: "Lunch" })).toBeVisible();
  await page.keyboard.press("f");
  await expect(page.getByRole("button", { name: "Remove flag" })).toBeVisible();
  await page.getByRole("combobox", { name: "Add a tag" }).fill("Needs an answer");
  await page.getByRole("combobox", { name: "Add a tag" }).press("Enter");
  await expect(page.getByRole("button", { name: "Remove the tag Needs an answer" })).toBeVisible();

  await search(page, "is:flagged");
  await expect(entry(page, "Lunch")).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
  await search(page, 'tag:"needs an answer"');
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).first()).toContainText("Needs an answer");

  await page.getByRole("button", { name: "Remove the tag Needs an answer" }).click();
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await page.getByRole("button", { name: "Remove flag" }).click();
  await search(page, "is:flagged");
  await expect(page.getByText("Nothing matches")).toBeVisible();
});

test("ticked messages are saved as one file", async ({ page, dovecot }) => {
  await inbox(page, dovecot, "Saved", "saved");
  const ticks = page.getByRole("row").getByRole("checkbox", { name: /^Select (?!all)/ });
  await ticks.nth(0).check();
  await ticks.nth(1).check();
  const begun = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  expect((await begun).suggestedFilename()).toBe("messages.zip");
});
