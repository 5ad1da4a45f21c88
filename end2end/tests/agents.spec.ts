// An agent of a Network Connector, by the labels: the line on the screen, the real program that is started with it, a
// mailbox behind it, another key, and its end.

import { Agent } from "../support/agent.js";
import { MAIL_PASSWORD } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { accountDialog, act, checkAndViewInbox, entry, openAccounts, row } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

test("a mailbox is reached through an agent that dials in", async ({ page, dovecot, restante }) => {
  test.setTimeout(120_000);
  const agent = new Agent();
  dovecot.deliver("outpost", letter({ subject: "From the outpost", text: "Hello." }));
  await open(page, "/settings/connectors");
  await page.getByRole("button", { name: "New", exact: true }).or(page.getByRole("button", { name: "New Network Connector" })).first().click();
  const dialog = page.getByRole("dialog", { name: "New Network Connector" });
  await expect(dialog.getByLabel("Kind", { exact: true })).toHaveValue("agent");
  await expect(dialog.getByLabel("Address", { exact: true })).toHaveCount(0);
  await dialog.getByLabel("Name", { exact: true }).fill("Outpost");
  await dialog.getByRole("button", { name: "Save" }).click();

  const agents = page.getByRole("dialog", { name: "Agents of Outpost" });
  const line = agents.getByText(/^echo /);
  await expect(line).toContainText(restante.url);
  await expect(agents.getByText("Waiting for the agent…")).toBeVisible();
  agent.type((await line.textContent())!);
  await expect(agents.getByText(/is enrolled and not connected yet/)).toBeVisible();
  await agent.start(`127.0.0.1:${dovecot.ports.imap}`);
  await expect(agents.getByText(/ is connected\.$/)).toBeVisible();
  await expect(agents.getByText(`lets through 127.0.0.1:${dovecot.ports.imap}`)).toBeVisible();
  await agents.getByRole("button", { name: "Close" }).last().click();
  await expect(row(page, "Outpost")).toContainText("Connected");

  await act(page, "Outpost", "Test");
  const trial = page.getByRole("dialog", { name: "Test Outpost" });
  await trial.getByLabel("Address", { exact: true }).fill("127.0.0.1");
  await trial.getByLabel("Port", { exact: true }).fill(String(dovecot.ports.imap));
  await trial.getByRole("button", { name: "Test", exact: true }).click();
  await expect(trial.getByText(/The server answered in \d+ ms/)).toBeVisible();
  await trial.getByLabel("Port", { exact: true }).fill("22");
  await trial.getByRole("button", { name: "Test", exact: true }).click();
  await expect(trial.getByText("The Network Connector refused this address.")).toBeVisible();
  await expect(trial.getByText(/allow-list/)).toBeVisible();
  await page.keyboard.press("Escape");

  await openAccounts(page);
  await page.getByRole("link", { name: "New", exact: true }).click();
  const form = accountDialog(page);
  const field = (label: string) => form.getByLabel(label, { exact: true });
  await field("Account name").fill("Outpost");
  await field("Address").fill("127.0.0.1");
  await field("Port").fill(String(dovecot.ports.imap));
  await field("Automatic check").setChecked(false);
  await field("Use safe connection").setChecked(false);
  await field("Credential for authentication").selectOption({ label: "New credential…" });
  await field("User name").fill("outpost");
  await field("Password").fill(MAIL_PASSWORD);
  await field("Use Network Connector?").setChecked(true);
  await field("Network Connector").selectOption({ label: "Outpost" });
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toHaveCount(0);
  await page.getByRole("link", { name: "Rows a page: 100" }).click();
  await checkAndViewInbox(page, "Outpost");
  await expect(entry(page, "From the outpost")).toBeVisible();

  await open(page, "/settings/connectors");
  await act(page, "Outpost", "Agents");
  await agents.getByRole("button", { name: "Renew key" }).click();
  await expect(agents.getByText(/a new key was asked for/)).toHaveCount(0);
  await agents.getByRole("button", { name: "Revoke" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("button", { name: "Revoke" }).click();
  await expect(agents.getByText("Revoked")).toBeVisible();
  await expect.poll(() => (restante.command("connector", "agents", "Outpost") as { status: string }[])[0]!.status).toBe("revoked");
  await agents.getByRole("button", { name: "Close" }).last().click();
  await expect(row(page, "Outpost")).toContainText("Not connected");

  // The next journeys find things as they were.
  restante.command("account", "edit", "Outpost", "--connector", "none");
  restante.command("connector", "remove", "Outpost");
  expect(await agent.stop()).toBe(3);
});
