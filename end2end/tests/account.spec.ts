// The page of one account: what a check would do, what it did, what was deleted on the server and what was left aside.

import { readFileSync } from "node:fs";
import { MAIL_PASSWORD } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { accountDialog, openAccount, part, registerAccount, row, saveAccount } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test.beforeEach(async ({ page }) => {
  await open(page, "/settings/email/accounts");
});

test("a dry run says what the check then does; receipts and quarantine say what became of each message", async ({
  page,
  dovecot,
  restante,
}) => {
  for (const subject of ["First to go", "Second to go"]) dovecot.deliver("keeper", letter({ subject }));
  dovecot.deliver("keeper", letter({ subject: "A large one", text: "large ".repeat(4_000) }));
  await registerAccount(page, {
    name: "Keeper",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    keepCopy: false,
    largestMessage: "10 KB",
    user: "keeper",
    password: MAIL_PASSWORD,
  });
  await openAccount(page, "Keeper");
  const forecast = part(page, "What would a check do?");
  const [checks, quarantine, receipts] = [part(page, "Recent checks"), part(page, "Quarantine"), part(page, "Receipts")];

  await forecast.getByRole("button", { name: "Dry run" }).click();
  await expect(forecast).toContainText(
    /A check would fetch 2 messages \([\d.]+ \w+\), delete 2 messages on the server and leave 1 message aside/,
  );
  await expect(forecast.getByRole("row").filter({ hasText: "INBOX" }).getByRole("cell")).toHaveText([
    "INBOX",
    "2",
    /\d/,
    "2",
    "1",
  ]);
  await expect(forecast).toContainText("Nothing was changed.");
  expect(dovecot.count("keeper"), "it only looked").toBe(3);
  expect(restante.command("messages", "Keeper")).toEqual([]);
  await expect(checks).toContainText("No check has ended yet.");
  await expect(quarantine).toContainText("Nothing is in quarantine.");
  await expect(receipts).toContainText("Nothing was deleted on the server.");

  await page.getByRole("button", { name: "Check now" }).click();
  const check = checks.getByRole("row").nth(1);
  await expect(check.getByRole("cell").nth(1)).toHaveText("Check now");
  await expect(check.getByRole("cell").nth(3)).toHaveText("OK");
  for (const [column, number] of [[4, "2"], [5, "2"], [6, "1"]] as const) {
    await expect(check.getByRole("cell").nth(column)).toHaveText(number);
  }
  await expect(receipts.getByRole("row")).toHaveCount(3);
  await expect(receipts.getByRole("link", { name: "First to go" })).toBeVisible();
  await expect(quarantine.getByRole("row").nth(1)).toContainText(/UID 3.*INBOX.*Too large:/);
  expect(dovecot.count("keeper"), "what is too large stays").toBe(1);
  const begun = page.waitForEvent("download");
  await receipts.getByRole("link", { name: "Export CSV" }).click();
  const rows = readFileSync(await (await begun).path(), "utf8").trim().split("\r\n");
  expect(rows).toHaveLength(3);
  expect(rows[2]).toContain("First to go");

  await page.getByRole("link", { name: "Edit account" }).click();
  await accountDialog(page).getByText("Advanced", { exact: true }).click();
  await accountDialog(page).getByLabel("Largest message", { exact: true }).fill("");
  await saveAccount(page);
  await expect(page.getByRole("heading", { name: "Keeper", level: 1 }), "back where it was opened").toBeVisible();
  await expect(page.getByRole("main")).toContainText("As the program allows");
  await quarantine.getByRole("button", { name: "Retry 1 message" }).click();
  await expect(quarantine).toContainText("Nothing is in quarantine.");
  await expect(receipts.getByRole("row")).toHaveCount(4);
  expect(dovecot.count("keeper")).toBe(0);
  await receipts.getByRole("link", { name: "A large one" }).click();
  await expect(page.getByRole("heading", { name: "A large one" })).toBeVisible();
});

test("a wrong password is said with stage, cause and the server's words, beforehand and afterwards", async ({
  page,
  dovecot,
}) => {
  await registerAccount(page, {
    name: "Mistyped",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "mistyped",
    password: "not the password",
  });
  await openAccount(page, "Mistyped");
  const forecast = part(page, "What would a check do?");
  await forecast.getByRole("button", { name: "Dry run" }).click();
  await expect(forecast).toContainText("A check would fail.");
  await expect(forecast).toContainText("Sign-in: The server rejected the user name or the password.");
  await forecast.getByText("The server's own words").click();
  await expect(forecast.getByText("Authentication failed")).toBeVisible();

  await page.getByRole("button", { name: "Check now" }).click();
  const failure = part(page, "The last check failed");
  await expect(failure).toContainText("Sign-in: The server rejected the user name or the password.");
  await failure.getByText("The server's own words").click();
  await expect(failure.getByText("Authentication failed")).toBeVisible();
  await expect(part(page, "Recent checks").getByRole("row").nth(1)).toContainText(/Failed.*Sign-in:/);

  await page.getByRole("navigation", { name: "Way back" }).getByRole("link").click();
  await row(page, "Mistyped").getByRole("link", { name: "Failing" }).click();
  await expect(failure, "the status leads to why").toBeVisible();
});

test("an account is paused and resumed on its page, and a paused one is never asked", async ({ page, dovecot }) => {
  await registerAccount(page, {
    name: "Dozer",
    port: dovecot.ports.imap,
    security: "none",
    automaticCheck: false,
    user: "dozer",
    password: MAIL_PASSWORD,
  });
  await openAccount(page, "Dozer");
  const says = (status: string) => page.getByRole("main").getByRole("status").filter({ hasText: status });
  await page.getByRole("button", { name: "Pause" }).focus();
  await page.keyboard.press("Enter");
  await expect(says("Paused")).toBeVisible();
  await expect(page.getByRole("button", { name: "Resume" }), "the focus stays").toBeFocused();
  await expect(page.getByRole("button", { name: "Check now" })).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Enter");
  await expect(says("Not checked yet")).toBeVisible();
});

test.describe("on a narrow phone", () => {
  test.use({ viewport: { width: 320, height: 640 } });

  test("nothing is wider than the screen", async ({ page, dovecot }) => {
    dovecot.deliver("narrow", letter({ subject: `A subject of ${"many ".repeat(30)}words` }));
    await registerAccount(page, {
      name: "Narrow",
      port: dovecot.ports.imap,
      security: "none",
      automaticCheck: false,
      keepCopy: false,
      user: "narrow",
      password: MAIL_PASSWORD,
    });
    await openAccount(page, "Narrow");
    await page.getByRole("button", { name: "Check now" }).click();
    await expect(part(page, "Receipts").getByRole("link", { name: /^A subject of/ })).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(320);
  });
});
