// An account is deleted: in numbers, with a choice about what was fetched, and without a word to the mail server.

import type { Page } from "@playwright/test";
import type { Dovecot } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import type { Restante } from "../support/restante.js";
import { act, entry, registerMailbox, row } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

/** An account whose three messages, `NAME 1` to `NAME 3`, are stored here; gives their subjects. */
async function fetched(page: Page, dovecot: Dovecot, restante: Restante, name: string): Promise<string[]> {
  const subjects = [1, 2, 3].map((number) => `${name} ${number}`);
  for (const subject of subjects) dovecot.deliver(name.toLowerCase(), letter({ subject }));
  await open(page, "/");
  await registerMailbox(page, dovecot, name, name.toLowerCase());
  restante.command("check", name);
  await expect(row(page, name).locator("td[data-column=messages]")).toHaveText(/^3\b/);
  return subjects;
}

function question(page: Page, name: string) {
  return page.getByRole("alertdialog", { name: `Delete the account ${name}?` });
}

test("Cancel changes nothing, and what is kept stays in the inbox", async ({ page, dovecot, restante }) => {
  const subjects = await fetched(page, dovecot, restante, "Leaving");
  const asked = question(page, "Leaving");
  await act(page, "Leaving", "Delete");
  await expect(asked).toContainText("Nothing changes on the mail server.");
  await expect(asked.getByLabel("Keep the 3 messages stored here"), "nothing is lost by haste").toBeChecked();
  await asked.getByLabel("Delete the 3 messages stored here").check();
  await asked.getByRole("button", { name: "Cancel" }).click();
  await expect(asked).toBeHidden();
  await page.reload();
  await expect(row(page, "Leaving").locator("td[data-column=messages]")).toHaveText(/^3\b/);
  expect(restante.command("messages", "Leaving")).toHaveLength(3);

  await act(page, "Leaving", "Delete");
  await expect(asked.getByLabel("Keep the 3 messages stored here"), "asked anew").toBeChecked();
  await asked.getByRole("button", { name: "Delete account" }).click();
  await expect(asked).toBeHidden();
  await expect(row(page, "Leaving"), "without a reload").toHaveCount(0);
  expect((restante.command("account", "list") as { name: string }[]).map(({ name }) => name)).not.toContain("Leaving");
  await open(page, "/inbox");
  for (const subject of subjects) await expect(entry(page, subject)).toBeVisible();
  await entry(page, "Leaving 2").click();
  await expect(page.getByRole("heading", { name: "Leaving 2" }), "it stays readable").toBeVisible();
  await expect(page.getByRole("tabpanel").getByText("Good morning.")).toBeVisible();
  expect(dovecot.count("leaving"), "the mail server was not asked").toBe(3);
});

test("what is deleted with its account is gone from the inbox, and not from the server", async ({
  page,
  dovecot,
  restante,
}) => {
  const subjects = await fetched(page, dovecot, restante, "Erased");
  const [other] = await fetched(page, dovecot, restante, "Bystander");
  await open(page, "/inbox");
  for (const subject of subjects) await expect(entry(page, subject)).toBeVisible();
  await open(page, "/settings/email/accounts");
  await act(page, "Erased", "Delete");
  await question(page, "Erased").getByLabel("Delete the 3 messages stored here").check();
  await question(page, "Erased").getByRole("button", { name: "Delete account" }).click();
  await expect(row(page, "Erased")).toHaveCount(0);
  await open(page, "/inbox");
  await expect(entry(page, other!), "nobody else's").toBeVisible();
  for (const subject of subjects) await expect(entry(page, subject)).toHaveCount(0);
  expect(dovecot.count("erased")).toBe(3);
});

test("an account without messages asks about none", async ({ page, dovecot }) => {
  await open(page, "/");
  await registerMailbox(page, dovecot, "Blank", "blank");
  await act(page, "Blank", "Delete");
  await expect(question(page, "Blank")).toContainText("It is not checked any more.");
  await expect(question(page, "Blank").getByRole("radio")).toHaveCount(0);
  await question(page, "Blank").getByRole("button", { name: "Delete account" }).click();
  await expect(row(page, "Blank")).toHaveCount(0);
});
