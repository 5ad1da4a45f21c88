// The Inbox report and one message: arriving live, hostile HTML, the views of a message.

import type { Page } from "@playwright/test";
import { MAIL_PASSWORD, type Dovecot } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { act, checkAndViewInbox, entry, openAccounts, registerAccount } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

async function register(page: Page, dovecot: Dovecot, name: string, user: string): Promise<void> {
  await open(page, "/");
  await openAccounts(page);
  await registerAccount(page, {
    name,
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user,
    password: MAIL_PASSWORD,
  });
  await showMany(page);
}

/** Those who came before may have filled the first page of the accounts. */
async function showMany(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Rows a page: 100" }).click();
}

test("new mail appears without a reload", async ({ page, context, dovecot }) => {
  dovecot.deliver("live", letter({ subject: "Already there" }));
  await register(page, dovecot, "Live", "live");
  await checkAndViewInbox(page, "Live");
  await expect(entry(page, "Already there")).toBeVisible();
  await page.evaluate(() => ((window as { witness?: boolean }).witness = true));

  dovecot.deliver("live", letter({ subject: "Fresh from the server" }));
  const other = await context.newPage();
  await open(other, "/");
  await openAccounts(other);
  await showMany(other);
  await act(other, "Live", "Check now");

  await expect(entry(page, "Fresh from the server")).toBeVisible();
  expect(await page.evaluate(() => (window as { witness?: boolean }).witness), "the page was not reloaded").toBe(true);
});

test("HTML mail is shown without script and without a request to anywhere", async ({ page, dovecot }) => {
  const html =
    '<h1>Hello</h1><script>parent.document.title = "owned"</script>' +
    '<img src="http://203.0.113.1/pixel.png" onerror="parent.document.title = \'owned\'">' +
    '<a href="https://example.org/true">a link</a>';
  dovecot.deliver("hostile", letter({ subject: "Open me", html }));
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("http://127.0.0.1")) elsewhere.push(request.url());
  });
  await register(page, dovecot, "Hostile", "hostile");
  await checkAndViewInbox(page, "Hostile");
  await entry(page, "Open me").click();

  const frame = page.frameLocator('iframe[title="Message"]');
  await expect(frame.getByRole("heading", { name: "Hello" })).toBeVisible();
  await expect(frame.locator("script, img[src^='http']")).toHaveCount(0);
  await expect(page.getByText("Remote content is not loaded.")).toBeVisible();
  expect(await page.locator('iframe[title="Message"]').getAttribute("sandbox")).not.toMatch(/allow-(scripts|same-origin)/);
  await expect(page).not.toHaveTitle(/owned/);
  expect(elsewhere).toEqual([]);
});

test("a message shows its text, its headers and its exact source", async ({ page, dovecot }) => {
  const message = letter({ subject: "Caf\u00e9 =?utf-8?Q?=E2=98=95?=", text: "First line.\nSecond line." });
  dovecot.deliver("views", message);
  await register(page, dovecot, "Views", "views");
  await checkAndViewInbox(page, "Views");
  await entry(page, "☕").click();

  await page.getByRole("tab", { name: "Text" }).click();
  await expect(page.getByRole("tabpanel")).toContainText("Second line.");
  await page.getByRole("tab", { name: "Headers" }).click();
  await expect(page.getByRole("rowheader", { name: "Message-ID" })).toBeVisible();
  await page.getByRole("tab", { name: "Source" }).click();
  const begun = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the exact source" }).click();
  const chunks: Buffer[] = [];
  for await (const chunk of await (await begun).createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks)).toEqual(message);
});

test("an opened message counts as read, and the list and the address remember what was open", async ({
  page,
  dovecot,
}) => {
  dovecot.deliver("reader", letter({ subject: "Read me" }));
  dovecot.deliver("reader", letter({ subject: "Leave me" }));
  await register(page, dovecot, "Reader", "reader");
  await checkAndViewInbox(page, "Reader");
  await entry(page, "Read me").click();
  await expect(page.getByRole("button", { name: "Mark as unread" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Read me" })).toBeVisible();
});

test("ticked rows and the height of rows are in the address, and survive a reload", async ({ page, dovecot }) => {
  for (const subject of ["First", "Second", "Third"]) dovecot.deliver("ticker", letter({ subject }));
  await register(page, dovecot, "Ticker", "ticker");
  await checkAndViewInbox(page, "Ticker");
  const ticks = page.getByRole("row").getByRole("checkbox", { name: /^Select (?!all)/ });
  await expect(ticks).toHaveCount(3);
  await ticks.nth(0).check();
  await ticks.nth(2).check();
  await expect(page.getByText("2 selected")).toBeVisible();
  await expect(page).toHaveURL(/ticked=\d+%2C\d+|ticked=\d+,\d+/);
  const compact = (await page.getByRole("row").nth(1).boundingBox())?.height ?? 0;
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("link", { name: "Comfortable rows" }).click();
  await expect(page).toHaveURL(/rows=comfortable/);
  await page.reload();
  await expect(page.getByText("2 selected")).toBeVisible();
  await expect(ticks.nth(0)).toBeChecked();
  await expect(ticks.nth(1)).not.toBeChecked();
  expect((await page.getByRole("row").nth(1).boundingBox())?.height).toBeGreaterThan(compact);
  await page.getByRole("button", { name: "Clear selection" }).click();
  await expect(page).not.toHaveURL(/ticked/);
});

test("a message marked in the list is marked where it is open", async ({ page, dovecot }) => {
  dovecot.deliver("marker", letter({ subject: "Mark me" }));
  await register(page, dovecot, "Marker", "marker");
  await checkAndViewInbox(page, "Marker");
  await entry(page, "Mark me").click();
  await expect(page.getByRole("button", { name: "Mark as unread" })).toBeVisible();
  await page.keyboard.press("u");
  await expect(page.getByRole("button", { name: "Mark as read" })).toBeVisible();
});

test("the search finds words of the text", async ({ page, dovecot }) => {
  dovecot.deliver("seeker", letter({ subject: "Haystack", text: "Nothing but hay." }));
  dovecot.deliver("seeker", letter({ subject: "Needlework", text: "A thimble lies here." }));
  await register(page, dovecot, "Seeker", "seeker");
  await checkAndViewInbox(page, "Seeker");
  await expect(entry(page, "Haystack")).toBeVisible();
  await expect(entry(page, "Needlework")).toBeVisible();
  await page.getByRole("combobox", { name: "Search mail" }).fill("thimble");
  await page.getByRole("combobox", { name: "Search mail" }).press("Enter");
  await expect(entry(page, "Haystack")).toHaveCount(0);
  await expect(entry(page, "Needlework")).toBeVisible();
});
