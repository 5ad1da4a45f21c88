// An agent of a Network Connector, by the labels: the line on the screen, the real program that is started with it, a
// mailbox behind it, another key, and its end.

import { Agent } from "../support/agent.js";
import { ClosedNetwork } from "../support/closed.js";
import { Dovecot, MAIL_PASSWORD } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { pause } from "../support/processes.js";
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
  await agent.type((await line.textContent())!);
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
  await expect(trial.getByText("The Network Connector refused this connection.")).toBeVisible();
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
  expect(await agent.end()).toBe(3);
  await agents.getByRole("button", { name: "Close" }).last().click();
  await expect(row(page, "Outpost")).toContainText("Not connected");

  // The next journeys find things as they were.
  restante.command("account", "edit", "Outpost", "--connector", "none");
  restante.command("connector", "remove", "Outpost");
  await agent.stop();
});

test("a mailbox in a closed network, from the line on the screen to mail that comes by itself", async ({ page, restante }) => {
  test.setTimeout(180_000);
  const network = await ClosedNetwork.lay(restante.url);
  const [inside, server] = [network?.inside ?? [], network?.server ?? restante.url];
  const [dovecot, agent] = [await Dovecot.startInside(inside), new Agent(inside)];
  dovecot.deliver("closed", letter({ subject: "From inside", text: "Hello." }));

  // Enrolled by the line on the screen, in which the server is called as it is from there.
  restante.command("connector", "add", "--name", "Plant", "--kind", "agent");
  await open(page, "/settings/connectors");
  await act(page, "Plant", "Agents");
  const agents = page.getByRole("dialog", { name: "Agents of Plant" });
  await agents.getByRole("button", { name: "Enrol an agent" }).click();
  await agent.type((await agents.getByText(/^echo /).textContent())!.replace(restante.url, server));
  await expect(agents.getByText("never started")).toBeVisible();
  await agent.start(`127.0.0.1:${dovecot.ports.imaps}`);
  await expect(agents.getByText(/ is connected\.$/)).toBeVisible();
  await agents.getByRole("button", { name: "Close" }).last().click();

  // The default, and an account that names none.
  await open(page, "/settings/parameters");
  await page.getByLabel("Network Connector", { exact: true }).selectOption({ label: "Plant" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await openAccounts(page);
  await page.getByRole("link", { name: "New", exact: true }).click();
  const form = accountDialog(page);
  const field = (label: string) => form.getByLabel(label, { exact: true });
  await field("Account name").fill("Closed");
  await field("Address").fill("127.0.0.1");
  await field("Port").fill(String(dovecot.ports.imaps));
  await field("Credential for authentication").selectOption({ label: "New credential…" });
  await field("User name").fill("closed");
  await field("Password").fill(MAIL_PASSWORD);
  await field("Use Network Connector?").setChecked(true);
  await field("Network Connector").selectOption({ label: "inherited: Plant" });
  await form.getByText("Advanced", { exact: true }).click();
  await field("Instant").setChecked(true);
  await form.getByRole("button", { name: "Test connection" }).click();
  await expect(form.getByText("The Network Connector Plant looks 127.0.0.1 up in its own network.")).toBeVisible();
  await form.getByRole("button", { name: "Trust this certificate" }).click();
  await expect(form.getByRole("heading", { name: "The connection works." })).toBeVisible();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toHaveCount(0);

  // What is there comes with the first check, what comes later by itself.
  await act(page, "Closed", "View inbox");
  await expect(entry(page, "From inside")).toBeVisible({ timeout: 20_000 });
  // The next check is ten minutes away: what comes now was told by the server behind the agent.
  await pause(3_000);
  dovecot.deliver("closed", letter({ subject: "Just now", text: "Hello again." }));
  await expect(entry(page, "Just now")).toBeVisible({ timeout: 5_000 });

  // The next journeys find things as they were.
  restante.command("account", "edit", "Closed", "--connector", "none", "--disabled");
  restante.command("parameter", "reset", "network_connector");
  restante.command("connector", "remove", "Plant");
  await agent.stop();
  await dovecot.stop();
  await network?.end();
});
