// From an empty folder to a message that has been read: everything that a newcomer does in the first two minutes.

import { Dovecot, MAIL_PASSWORD } from "../support/dovecot.js";
import { anyBytes, letter } from "../support/messages.js";
import { ADMINISTRATOR, Restante } from "../support/restante.js";
import {
  checkAndViewInbox,
  downloadAttachment,
  entry,
  hydrated,
  openAccounts,
  registerAccount,
  signIn,
} from "../support/screen.js";
import { expect, test, watch } from "../support/test.js";

// The only tests with a server of their own: somebody exists on the shared one.
test.use({ storageState: undefined });

test("a newcomer sets up, registers a mailbox and reads it", async ({ browser, dovecot }) => {
  const bytes = anyBytes(70_001);
  dovecot.deliver("newcomer", letter({ subject: "The first letter", attachment: { name: "report.bin", bytes } }));
  const restante = await Restante.startEmpty();
  const context = await browser.newContext({ baseURL: restante.url });
  const page = await context.newPage();
  const complaints = watch(page);

  await page.goto("/");
  await expect(page).toHaveURL(/\/set-up/);
  await page.getByLabel("Set-up code", { exact: true }).fill(await restante.setUpCode());
  await page.getByLabel("Name", { exact: true }).fill(ADMINISTRATOR.name);
  await page.getByLabel("Password", { exact: true }).fill(ADMINISTRATOR.password);
  await page.getByLabel("Password again", { exact: true }).fill(ADMINISTRATOR.password);
  await page.getByRole("button", { name: "Create administrator" }).click();
  await expect(page).not.toHaveURL(/\/set-up/);
  // What the page opens by itself it opens as the person who has just been created.
  await expect(page.getByText("Live", { exact: true })).toBeVisible();

  await context.clearCookies();
  await signIn(page, ADMINISTRATOR.name, ADMINISTRATOR.password);
  await openAccounts(page);
  await registerAccount(page, {
    name: "Newcomer",
    port: dovecot.ports.imaps,
    security: "SSL",
    skipCertificate: true,
    automaticCheck: false,
    user: "newcomer",
    password: MAIL_PASSWORD,
  });
  await checkAndViewInbox(page, "Newcomer");
  await entry(page, "The first letter").click();
  expect(await downloadAttachment(page, "report.bin")).toEqual(bytes);

  expect(complaints).toEqual([]);
  await context.close();
  expect(await restante.stop(), "the exit code after SIGTERM").toBe(0);
});

test("a wrong set-up code creates nobody", async ({ browser }) => {
  const restante = await Restante.startEmpty();
  const context = await browser.newContext({ baseURL: restante.url });
  const page = await context.newPage();

  await page.goto("/set-up");
  await page.getByLabel("Set-up code", { exact: true }).fill("AAAA-AAAA");
  await page.getByLabel("Name", { exact: true }).fill("Mallory");
  await page.getByLabel("Password", { exact: true }).fill("a long enough password");
  await page.getByLabel("Password again", { exact: true }).fill("a long enough password");
  await page.getByRole("button", { name: "Create administrator" }).click();
  await expect(page.getByLabel("Set-up code", { exact: true })).toBeVisible();
  await expect(page.getByText(/code/i).filter({ hasText: /wrong|not|match/i }).first()).toBeVisible();

  await context.close();
  await restante.stop();
});

test("the seed's own example works as it is written", async ({ browser, restante, session }) => {
  // 127.0.0.1, port 2993, IMAP, Skip certificate Yes, safe connection No, type blank.
  const dovecot = await Dovecot.start(2993);
  try {
    dovecot.deliver("seed", letter({ subject: "Seed of an idea" }));
    const context = await browser.newContext({ baseURL: restante.url, storageState: session });
    const page = await context.newPage();
    const complaints = watch(page);
    await page.goto("/");
    await hydrated(page);
    await openAccounts(page);
    await registerAccount(page, {
      name: "Seed example",
      keepCopy: true,
      automaticCheck: true,
      enabled: true,
      port: 2993,
      protocol: "IMAP",
      skipCertificate: true,
      security: "none",
      user: "seed",
      password: MAIL_PASSWORD,
    });
    await checkAndViewInbox(page, "Seed example");
    await expect(entry(page, "Seed of an idea")).toBeVisible();
    expect(dovecot.count("seed"), "Keep copy in server: Yes").toBe(1);
    // Its first automatic check may be at work just as *Check now* is pressed, which is then refused as busy.
    expect(complaints.filter((text) => !/409 .*accounts\/check/.test(text))).toEqual([]);
    await context.close();
  } finally {
    await dovecot.stop();
  }
});
