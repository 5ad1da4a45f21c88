// From an e-mail address and a password to the first message on the screen.

import { Dovecot, MAIL_PASSWORD } from "../support/dovecot.js";
import { DOMAIN, Internet, authority } from "../support/internet.js";
import { letter } from "../support/messages.js";
import { ADMINISTRATOR, Restante } from "../support/restante.js";
import { accountDialog, entry, openAccounts, signIn } from "../support/screen.js";
import { expect, test as base, open } from "../support/test.js";

const test = base.extend<object, { lab: string; internet: Internet }>({
  lab: [async ({}, use) => use(authority()), { scope: "worker" }],
  internet: [
    async ({ dovecot, lab }, use) => {
      const internet = await Internet.start(dovecot.ports.imaps, lab);
      await use(internet);
      await internet.stop();
    },
    { scope: "worker" },
  ],
  dovecot: [
    async ({ lab }, use) => {
      const dovecot = await Dovecot.start(undefined, lab);
      await use(dovecot);
      await dovecot.stop();
    },
    { scope: "worker" },
  ],
  restante: [
    async ({ internet }, use) => {
      const restante = await Restante.startWithAdministrator(internet.environment);
      await use(restante);
      await restante.stop();
    },
    { scope: "worker" },
  ],
});

test("six steps from the empty report to the first message", async ({ page, dovecot }) => {
  dovecot.deliver("newcomer", letter({ subject: "The first of all" }));
  await open(page, "/");
  await openAccounts(page);
  const dialog = accountDialog(page);
  const field = (label: string) => dialog.getByLabel(label, { exact: true });
  let steps = 0;
  const step = async (does: Promise<unknown>) => {
    await does;
    steps += 1;
  };
  await step(page.getByRole("link", { name: "New", exact: true }).click());
  await step(field("E-mail address").fill(`newcomer@${DOMAIN}`));
  await step(dialog.getByRole("button", { name: "Find settings" }).click());
  await expect(dialog.getByRole("list", { name: "Found settings" })).toContainText("Published by the domain");
  await expect(dialog.getByRole("button", { name: /^Use these settings/ })).toHaveText("Filled in below");
  await expect(field("Account name")).toHaveValue(`newcomer@${DOMAIN}`);
  await expect(field("Address")).toHaveValue("localhost");
  await expect(field("Port")).toHaveValue(String(dovecot.ports.imaps));
  await expect(field("Secure connection type")).toHaveValue("SSL");
  await expect(field("User name")).toHaveValue("newcomer");
  await step(field("Password").fill(MAIL_PASSWORD));
  await step(dialog.getByRole("button", { name: "Save" }).click());
  await step(page.getByRole("status").getByRole("link", { name: "View inbox" }).click());
  await expect(entry(page, "The first of all")).toBeVisible();
  expect(steps).toBeLessThanOrEqual(6);
});

test("a choice is a click, and what is found nowhere says what was tried", async ({ page, tolerated }) => {
  tolerated.push(/422/);
  await open(page, "/settings/email/accounts/new");
  const dialog = accountDialog(page);
  const field = (label: string) => dialog.getByLabel(label, { exact: true });
  const find = async (address: string) => {
    await field("E-mail address").fill(address);
    await field("E-mail address").press("Enter");
  };
  await find("anna");
  await expect(field("E-mail address")).toHaveAccessibleDescription(/This is no e-mail address/);
  await find("anna@gmail.com");
  await expect(field("Address")).toHaveValue("imap.gmail.com");
  await expect(dialog).toContainText("make an app password");
  await dialog.getByRole("button", { name: /^Use these settings: POP3/ }).click();
  await expect(field("Address")).toHaveValue("pop.gmail.com");
  await expect(field("Port")).toHaveValue("995");
  await expect(field("Protocol")).toHaveValue("pop3");
  await find("anna@nowhere.test");
  await expect(dialog).toContainText("No settings were found");
  await expect(dialog).toContainText("The DNS of nowhere.test names no mail servers.");
  await expect(field("Address"), "what stood there stays").toHaveValue("pop.gmail.com");
});

test("with every source switched off there is nothing to find", async ({ browser }) => {
  const restante = await Restante.startWithAdministrator({ RESTANTE_DISCOVERY_SOURCES: "none" });
  try {
    const page = await browser.newPage({ baseURL: restante.url, storageState: undefined });
    await signIn(page, ADMINISTRATOR.name, ADMINISTRATOR.password);
    await open(page, "/settings/email/accounts/new");
    await expect(accountDialog(page).getByLabel("Account name", { exact: true })).toBeVisible();
    await expect(accountDialog(page).getByLabel("E-mail address", { exact: true })).toBeHidden();
    await page.close();
  } finally {
    await restante.stop();
  }
});
