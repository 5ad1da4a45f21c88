// Network Connectors, by their labels: made, tried, chosen for an account, the default of others, and replaced before one
// goes. A real SOCKS5 proxy stands between.

import { MAIL_PASSWORD } from "../support/dovecot.js";
import { letter } from "../support/messages.js";
import { Program, freePort, listens } from "../support/processes.js";
import { Sshd } from "../support/sshd.js";
import { accountDialog, act, checkAndViewInbox, entry, openAccounts, registerMailbox, row } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

async function microsocks(): Promise<{ program: Program; port: number }> {
  const port = await freePort();
  const program = Program.start("microsocks", "microsocks", ["-i", "127.0.0.1", "-p", String(port)]);
  await listens(program, port);
  return { program, port };
}

test("a mailbox is reached through a Network Connector, by name and as the default", async ({ page, dovecot, restante, tolerated }) => {
  test.setTimeout(120_000);
  // The browser reports what the server refused.
  tolerated.push(/422/);
  const socks = await microsocks();
  dovecot.deliver("behind", letter({ subject: "From behind the wall", text: "Hello." }));
  await open(page, "/settings/email/accounts/new");
  await expect(accountDialog(page).getByLabel("Use Network Connector?", { exact: true })).toBeDisabled();
  await expect(accountDialog(page).getByText("No Network Connector exists yet").first()).toBeVisible();

  await open(page, "/settings/email/accounts");
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Network Connectors" }).click();
  await expect(page.getByRole("heading", { name: "No Network Connectors yet" })).toBeVisible();
  await page.getByRole("button", { name: "New Network Connector" }).click();
  const dialog = page.getByRole("dialog", { name: "New Network Connector" });
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByText("This field is required.").first()).toBeVisible();
  await dialog.getByLabel("Name", { exact: true }).fill("Branch");
  await dialog.getByLabel("Kind", { exact: true }).selectOption({ label: "HTTP CONNECT" });
  await expect(dialog.getByLabel("Port", { exact: true })).toHaveValue("3128");
  await expect(dialog.getByLabel("TLS to the proxy", { exact: true })).toBeVisible();
  await dialog.getByLabel("Kind", { exact: true }).selectOption({ label: "SOCKS5" });
  await dialog.getByLabel("Address", { exact: true }).fill("127.0.0.1");
  await dialog.getByLabel("Port", { exact: true }).fill(String(socks.port));
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(row(page, "Branch")).toContainText("no account");

  await act(page, "Branch", "Test");
  const trial = page.getByRole("dialog", { name: "Test Branch" });
  await trial.getByLabel("Address", { exact: true }).fill("127.0.0.1");
  await trial.getByLabel("Port", { exact: true }).fill(String(dovecot.ports.imap));
  await trial.getByRole("button", { name: "Test", exact: true }).click();
  await expect(trial.getByText(/The server answered in \d+ ms/)).toBeVisible();
  await expect(trial.getByText(/^\* OK/)).toBeVisible();
  await trial.getByLabel("Port", { exact: true }).fill("9");
  await trial.getByRole("button", { name: "Test", exact: true }).click();
  await expect(trial.getByText("The server refused the connection on this port.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(trial).toHaveCount(0);

  await openAccounts(page);
  await page.getByRole("link", { name: "New", exact: true }).click();
  const form = accountDialog(page);
  const field = (label: string) => form.getByLabel(label, { exact: true });
  await field("Account name").fill("Behind");
  await field("Address").fill("127.0.0.1");
  await field("Port").fill(String(dovecot.ports.imap));
  await field("Automatic check").setChecked(false);
  await field("Use safe connection").setChecked(false);
  await field("Credential for authentication").selectOption({ label: "New credential…" });
  await field("User name").fill("behind");
  await field("Password").fill(MAIL_PASSWORD);
  await expect(field("Network Connector")).toBeDisabled();
  await field("Use Network Connector?").setChecked(true);
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByText("There is no default Network Connector").first()).toBeVisible();
  await field("Network Connector").selectOption({ label: "Branch" });
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toHaveCount(0);
  await checkAndViewInbox(page, "Behind");
  await expect(entry(page, "From behind the wall")).toBeVisible();

  await open(page, "/settings/parameters");
  await page.getByLabel("Network Connector", { exact: true }).selectOption({ label: "Branch" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  const accounts = restante.command("account", "list") as { id: number; name: string }[];
  const id = accounts.find(({ name }) => name === "Behind")!.id;
  await open(page, `/settings/email/accounts/${id}/edit`);
  await expect(field("Network Connector")).toHaveValue(/\d+/);
  await field("Network Connector").selectOption({ label: "inherited: Branch" });
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toHaveCount(0);
  await open(page, "/settings/connectors");
  await expect(row(page, "Branch")).toContainText("1 as the default");
  await expect(row(page, "Branch")).toContainText("Default");

  await act(page, "Branch", "Delete");
  const doomed = page.getByRole("alertdialog").or(page.getByRole("dialog"));
  await expect(doomed.getByText("It is the default of 1 account. Choose what takes its place.")).toBeVisible();
  await doomed.getByRole("button", { name: "Cancel" }).click();
  restante.command("connector", "add", "--name", "Annex", "--address", "127.0.0.1", "--port", String(socks.port));
  await open(page, "/settings/connectors");
  await act(page, "Branch", "Delete");
  await doomed.getByLabel("Replacement", { exact: true }).selectOption({ label: "Annex" });
  await doomed.getByRole("button", { name: "Delete Network Connector" }).click();
  await expect(row(page, "Branch")).toHaveCount(0);
  await expect(row(page, "Annex")).toContainText("1 as the default");
  const checked = restante.command("check", "Behind") as { outcome: string };
  expect(checked.outcome).toBe("ok");

  // The next journeys find things as they were.
  restante.command("account", "edit", "Behind", "--connector", "none");
  restante.command("parameter", "reset", "network_connector");
  restante.command("connector", "remove", "Annex");
  await socks.program.stop();
});

test("an SSH server is gone through once somebody trusts its host key", async ({ page, dovecot, restante, tolerated }) => {
  test.setTimeout(120_000);
  tolerated.push(/422/);
  const ssh = await Sshd.start();
  dovecot.deliver("jumper", letter({ subject: "Through the gate", text: "Hello." }));

  // The key goes into the vault, and what is none does not.
  await open(page, "/settings/credentials");
  await page.getByRole("button", { name: "New", exact: true }).click();
  const credential = page.getByRole("dialog", { name: "New credential" });
  await credential.getByLabel("Credential name", { exact: true }).fill("Gate key");
  await credential.getByLabel("Kind", { exact: true }).selectOption({ label: "SSH key" });
  await credential.getByLabel("User name", { exact: true }).fill(ssh.user);
  await credential.getByLabel("Private key", { exact: true }).fill("ssh-ed25519 AAAA, the other half");
  await credential.getByRole("button", { name: "Save" }).click();
  await expect(credential.getByText("This is no private key.", { exact: false })).toBeVisible();
  await credential.getByLabel("Private key", { exact: true }).fill(ssh.key);
  await credential.getByRole("button", { name: "Save" }).click();
  await expect(credential).toHaveCount(0);
  await expect(row(page, "Gate key")).toContainText("SSH key");

  await open(page, "/settings/connectors");
  await page.getByRole("button", { name: "New Network Connector" }).click();
  const dialog = page.getByRole("dialog", { name: "New Network Connector" });
  const field = (label: string) => dialog.getByLabel(label, { exact: true });
  await field("Name").fill("Gate");
  await field("Kind").selectOption({ label: "SSH jump" });
  await expect(field("Port")).toHaveValue("22");
  await field("Address").fill("127.0.0.1");
  await field("Port").fill(String(ssh.port));
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByText("SSH lets nobody in without one.")).toBeVisible();
  await field("Credential").selectOption({ label: `Gate key (${ssh.user})` });
  await field("Host key").fill("whatever it is");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByText("A fingerprint, such as", { exact: false })).toBeVisible();
  await field("Host key").fill("");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);

  await act(page, "Gate", "Test");
  const trial = page.getByRole("dialog", { name: "Test Gate" });
  await trial.getByLabel("Address", { exact: true }).fill("127.0.0.1");
  await trial.getByLabel("Port", { exact: true }).fill(String(dovecot.ports.imap));
  await trial.getByRole("button", { name: "Test", exact: true }).click();
  await expect(trial.getByText(ssh.fingerprint)).toBeVisible();
  await trial.getByRole("button", { name: "Trust this host key" }).click();
  await expect(trial.getByText(/The server answered in \d+ ms/)).toBeVisible();
  await expect(trial.getByRole("button", { name: "Trust this host key" })).toHaveCount(0);
  await page.keyboard.press("Escape");

  await registerMailbox(page, dovecot, "Jumper", "jumper");
  restante.command("account", "edit", "Jumper", "--connector", "Gate");
  await checkAndViewInbox(page, "Jumper");
  await expect(entry(page, "Through the gate")).toBeVisible();

  // What a mailbox signs in with is another thing.
  await open(page, "/settings/email/accounts/new");
  const choices = accountDialog(page).getByLabel("Credential for authentication", { exact: true });
  await expect(choices.getByRole("option", { name: /Gate key/ })).toHaveCount(0);
  restante.command("account", "edit", "Jumper", "--connector", "none");
  restante.command("connector", "remove", "Gate");
  restante.command("credential", "remove", "Gate key");
  await ssh.stop();
});
