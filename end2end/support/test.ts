// Playwright's `test` with a running Restante, a running Dovecot, a signed-in browser, and a watch on the console:
// an error or a warning there fails the test, which is also how trouble with hydration shows itself.

import { test as base, type Page } from "@playwright/test";
import { Dovecot } from "./dovecot.js";
import { ADMINISTRATOR, Restante } from "./restante.js";
import { hydrated, signIn } from "./screen.js";

export { expect } from "@playwright/test";

type Session = Awaited<ReturnType<import("@playwright/test").BrowserContext["storageState"]>>;

interface OfWorker {
  /** The file whose tests run. */
  stage: { file?: string };
  restante: Restante;
  dovecot: Dovecot;
  session: Session;
}

interface OfTest {
  /** Console messages that a test provokes on purpose. */
  tolerated: RegExp[];
  /** Every file of tests begins with an empty report: what another left behind could fill its first page. */
  emptyReport: void;
}

export const test = base.extend<OfTest, OfWorker>({
  stage: [async ({}, use) => use({}), { scope: "worker" }],
  restante: [
    async ({}, use) => {
      const restante = await Restante.startWithAdministrator();
      await use(restante);
      await restante.stop();
    },
    { scope: "worker" },
  ],
  dovecot: [
    async ({}, use) => {
      const dovecot = await Dovecot.start();
      await use(dovecot);
      await dovecot.stop();
    },
    { scope: "worker" },
  ],
  session: [
    async ({ browser, restante }, use) => {
      const context = await browser.newContext({ baseURL: restante.url });
      await signIn(await context.newPage(), ADMINISTRATOR.name, ADMINISTRATOR.password);
      await use(await context.storageState());
      await context.close();
    },
    { scope: "worker" },
  ],
  tolerated: [[], { option: true }],
  emptyReport: [
    async ({ stage, restante }, use, { file }) => {
      if (stage.file !== file) restante.removeAccounts();
      stage.file = file;
      await use();
    },
    { auto: true },
  ],
  baseURL: async ({ restante }, use) => use(restante.url),
  storageState: async ({ session }, use) => use(session),
  page: async ({ page, tolerated }, use) => {
    const complaints = watch(page);
    await use(page);
    const unexpected = complaints.filter((text) => !tolerated.some((pattern) => pattern.test(text)));
    if (unexpected.length > 0) throw new Error(`the console complained:\n${unexpected.join("\n")}`);
  },
});

/**
 * Playwright runs code of its own in every frame, which the sandbox of mail refuses. That no script of a mail gets
 * there at all is what `inbox.spec.ts` looks at.
 */
const OWN_PROBES = /Blocked script execution in '[^']*\/messages\/\d+\/(body|source)(\?[^']*)?'/;

/** Collects what the console of a page complains about from now on. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !OWN_PROBES.test(message.text())) {
      complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  return complaints;
}

/** Opens a page and waits until it answers to clicks. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await hydrated(page);
}
