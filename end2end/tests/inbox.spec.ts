// The Inbox report and one message: arriving live, hostile HTML, the views of a message.

import type { Page } from "@playwright/test";
import type { Dovecot } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { act, checkAndViewInbox, entry, openAccounts, registerMailbox } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

async function register(page: Page, dovecot: Dovecot, name: string, user: string): Promise<void> {
  await open(page, "/");
  await registerMailbox(page, dovecot, name, user);
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

test("all that match are marked at once, on every page, and it is taken back exactly", async ({ page, dovecot }) => {
  for (let number = 1; number <= 35; number += 1) dovecot.deliver("bulk", letter({ subject: `Number ${number}.` }));
  await register(page, dovecot, "Bulk", "bulk");
  await checkAndViewInbox(page, "Bulk");
  await page.getByRole("link", { name: "Rows a page: 30" }).click();
  await expect(page.locator("tr[data-key]")).toHaveCount(30);
  // One is read already: it stays so when the rest is taken back.
  await page.locator("tr[data-key]").getByRole("link").first().click();
  await expect(page.getByRole("button", { name: "Mark as unread" })).toBeVisible();
  await page.keyboard.press("Escape");
  const unread = page.getByText("Unread:");
  await expect(unread).toHaveCount(29);

  await page.getByRole("row").getByRole("checkbox", { name: /^Select (?!all)/ }).nth(3).check();
  await page.getByRole("button", { name: "Select all that match" }).click();
  await expect(page.getByText("All that match", { exact: true })).toBeVisible();
  await page.getByRole("group", { name: "Selected rows" }).getByRole("button", { name: "Mark as read" }).click();
  await expect(page.getByText("34 messages marked as read.")).toBeVisible();
  await expect(unread).toHaveCount(0);
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page.locator("tr[data-key]")).toHaveCount(5);
  await expect(unread).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(unread).toHaveCount(5);
  await page.getByRole("link", { name: "Previous" }).click();
  await expect(unread).toHaveCount(29);
});

test("the palette finds screens, accounts and mail by a few letters and without the mouse", async ({ page, dovecot }) => {
  dovecot.deliver("palette", letter({ subject: "Quarterly zebra report" }));
  await register(page, dovecot, "Paletteers", "palette");
  await checkAndViewInbox(page, "Paletteers");
  await expect(entry(page, "zebra")).toBeVisible();
  const box = page.getByRole("combobox", { name: "Find screens, accounts and mail" });
  const choose = async (text: string, option: RegExp | string) => {
    await page.keyboard.press("Control+k");
    await expect(box).toBeFocused();
    await box.fill(text);
    await expect(page.getByRole("option", { name: option }).first()).toBeVisible();
  };
  await choose("audi", /^Audit/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Audit", level: 1 })).toBeVisible();
  await choose("paletteers", "Paletteers inbox");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/accounts\/\d+\/inbox$/);
  await expect(async () => {
    await choose("zebra", /^Quarterly zebra report/);
  }).toPass();
  await page.getByRole("option", { name: /^Quarterly zebra report/ }).click();
  await expect(page.getByRole("heading", { name: "Quarterly zebra report" })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await expect(page).toHaveURL(/\/inbox$/);
  await page.getByRole("button", { name: "Find (Ctrl K)" }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Find" })).toHaveCount(0);
});
