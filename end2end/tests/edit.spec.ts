// An account is edited: to another server, in what stands under Advanced, and into what contradicts itself.

import type { Page } from "@playwright/test";
import { Dovecot } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { accountDialog, act, registerMailbox, row, saveAccount } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test.beforeEach(async ({ page }) => {
  await open(page, "/");
});

function field(page: Page, label: string) {
  return accountDialog(page).getByLabel(label, { exact: true });
}

async function edit(page: Page, name: string): Promise<void> {
  await act(page, name, "Edit account");
  await expect(field(page, "Account name")).toHaveValue(name);
  await accountDialog(page).getByText("Advanced", { exact: true }).click();
}

test("another server costs no message: how many stay is said before, and is true afterwards", async ({
  page,
  dovecot,
  restante,
}) => {
  for (const number of [1, 2, 3]) dovecot.deliver("mover", letter({ subject: `From the old server ${number}` }));
  await registerMailbox(page, dovecot, "Moving", "mover");
  restante.command("check", "Moving");
  const messages = row(page, "Moving").locator("td[data-column=messages]");
  await expect(messages).toHaveText(/^3\b/);
  const elsewhere = await Dovecot.start();
  try {
    elsewhere.deliver("mover", letter({ subject: "From the new server" }));
    await edit(page, "Moving");
    const stay = accountDialog(page).getByText(/3 messages already stored here/);
    await expect(stay, "nothing moves yet").toHaveCount(0);
    await field(page, "Port").fill(String(elsewhere.ports.imap));
    await expect(stay).toBeVisible();
    await field(page, "Port").fill(String(dovecot.ports.imap));
    await expect(stay, "back where it was").toHaveCount(0);
    await field(page, "Address").fill("localhost");
    await expect(stay).toBeVisible();
    await field(page, "Port").fill(String(elsewhere.ports.imap));
    await saveAccount(page);
    await expect(messages).toHaveText(/^3\b/);
    restante.command("check", "Moving");
    await expect(messages, "those of both servers").toHaveText(/^4\b/);
  } finally {
    await elsewhere.stop();
  }
});

test("what stands under Advanced comes back as it was meant, and can be taken back", async ({ page, dovecot, restante }) => {
  await registerMailbox(page, dovecot, "Detailed", "detailed");
  await edit(page, "Detailed");
  await field(page, "Fetch mail since").fill("2026-01-31");
  await field(page, "Notes").fill("Ask Anna\nbefore a change: <b>always</b>.");
  await field(page, "Tags").fill(" north, North,, by the sea ");
  await field(page, "Mirror read state").setChecked(true);
  await field(page, "Drop when gone (days)").fill("45");
  await saveAccount(page);

  const stands = async (since: string, notes: string, tags: string, mirrors: boolean, days: string) => {
    await expect(field(page, "Fetch mail since")).toHaveValue(since);
    await expect(field(page, "Notes")).toHaveValue(notes);
    await expect(field(page, "Tags"), "each once").toHaveValue(tags);
    await expect(field(page, "Mirror read state")).toBeChecked({ checked: mirrors });
    await expect(field(page, "Drop when gone (days)")).toHaveValue(days);
  };
  await edit(page, "Detailed");
  await stands("2026-01-31", "Ask Anna\nbefore a change: <b>always</b>.", "north, by the sea", true, "45");
  await accountDialog(page).getByRole("button", { name: "Cancel" }).click();
  await expect(accountDialog(page), "nothing was typed: nobody is asked about it").toBeHidden();
  await row(page, "Detailed").getByRole("link", { name: "Detailed", exact: true }).click();
  await expect(page.getByText("before a change: <b>always</b>.")).toBeVisible();
  await expect(page.getByRole("list", { name: "Tags" }).getByRole("listitem")).toHaveText(["north", "by the sea"]);
  await expect(page.getByRole("main")).toContainText("Yes, with read and flagged state mirrored");

  await open(page, "/settings/email/accounts");
  await edit(page, "Detailed");
  for (const label of ["Fetch mail since", "Notes", "Tags", "Drop when gone (days)"]) await field(page, label).fill("");
  await field(page, "Mirror read state").setChecked(false);
  await saveAccount(page);
  await edit(page, "Detailed");
  await stands("", "", "", false, "");
  const settings = { fetch_since: null, notes: "", tags: [], mirror_read_state: false, drop_gone_after_days: null };
  expect(restante.command("account", "show", "Detailed")).toMatchObject(settings);
});

test("whoever saves over somebody else's change is told, and nothing is overwritten", async ({ page, dovecot, restante, tolerated }) => {
  tolerated.push(/422/);
  await registerMailbox(page, dovecot, "Shared", "shared");
  await edit(page, "Shared");
  await field(page, "Notes").fill("Mine");
  restante.command("account", "edit", "Shared", "--tags", "theirs");
  await accountDialog(page).getByRole("button", { name: "Save", exact: true }).click();
  const told = accountDialog(page).getByText("Somebody changed this account since you opened it, so nothing is saved.");
  await expect(told.first()).toBeVisible();
  await expect(field(page, "Notes"), "what was typed stays").toHaveValue("Mine");
  const shown = () => restante.command("account", "show", "Shared") as { tags: string[]; notes: string };
  expect([shown().tags, shown().notes]).toEqual([["theirs"], ""]);
  await accountDialog(page).getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Drop" }).click();
  await edit(page, "Shared");
  await expect(field(page, "Tags"), "opened again, it is there").toHaveValue("theirs");
  await field(page, "Notes").fill("Mine");
  await saveAccount(page);
  expect([shown().tags, shown().notes]).toEqual([["theirs"], "Mine"]);
});

test("a contradiction is refused at its field, and nothing of it is saved", async ({ page, dovecot, restante }) => {
  await registerMailbox(page, dovecot, "Contrary", "contrary");
  await edit(page, "Contrary");
  await field(page, "Folders").fill("INBOX, Sent");
  await field(page, "Protocol").selectOption({ label: "POP3" });
  await field(page, "Use safe connection").setChecked(true);
  await field(page, "Secure connection type").selectOption("");
  const dialog = accountDialog(page);
  const [save, summary] = [dialog.getByRole("button", { name: "Save", exact: true }), dialog.getByRole("alert")];
  await save.click();
  await expect(field(page, "Folders")).toHaveAttribute("aria-invalid", "true");
  await expect(field(page, "Folders")).toHaveAccessibleDescription(/POP3 has no folders but INBOX\./);
  await expect(field(page, "Secure connection type")).toHaveAccessibleDescription(/Choose SSL or TLS for a safe connection\./);
  await summary.getByRole("button", { name: "Folders" }).click();
  await expect(field(page, "Folders")).toBeFocused();
  expect(restante.command("account", "show", "Contrary")).toMatchObject({ protocol: "imap", security: "none" });

  // With one of two put right the other one is still refused.
  await field(page, "Secure connection type").selectOption({ label: "SSL" });
  await save.click();
  await expect(summary.getByRole("listitem")).toHaveText([/Folders/]);
  await field(page, "Folders").fill("INBOX");
  await expect(field(page, "Folders"), "right as soon as it is").not.toHaveAttribute("aria-invalid");
  await saveAccount(page);
  expect(restante.command("account", "show", "Contrary")).toMatchObject({ protocol: "pop3", folders: ["INBOX"] });
});
