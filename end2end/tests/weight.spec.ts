// What the inbox costs a browser: the first paint is the server's, a message is one request, and hundreds of opened messages
// leave nothing behind. Times are told, not tested: machines differ.

import type { CDPSession, Page } from "@playwright/test";
import { letter } from "../support/messages.js";
import { checkAndViewInbox, registerMailbox } from "../support/screen.js";
import { expect, open, test } from "../support/test.js";

const MESSAGES = 100;
/** Openings after which the browser has what it needs, and in all. */
const [SETTLED, ALL] = process.env.RESTANTE_SOAK ? [50, 500] : [50, 150];

interface Weight {
  heap: number;
  nodes: number;
  listeners: number;
}

/** What is in use once everything that can go is gone. */
async function weight(cdp: CDPSession): Promise<Weight> {
  for (let round = 0; round < 3; round += 1) await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const metric = (name: string) => metrics.find((one) => one.name === name)!.value;
  return { heap: metric("JSHeapUsedSize"), nodes: metric("Nodes"), listeners: metric("JSEventListeners") };
}

async function nextMessage(page: Page): Promise<void> {
  const before = page.url();
  const next = page.getByRole("navigation", { name: "Messages" }).getByRole("link", { name: "Next" });
  if ((await next.count()) > 0) await next.click();
  else await page.locator("tr[data-key]").getByRole("link").first().click();
  await page.waitForURL((url) => url.href !== before);
  await expect(page.getByRole("tabpanel")).toContainText("Text of message");
}

test("hundreds of opened messages leave nothing behind, and each is one request", async ({ page, dovecot }) => {
  test.setTimeout(240_000);
  for (let number = 0; number < MESSAGES; number += 1) {
    dovecot.deliver("weight", letter({ subject: `Message ${number}`, text: `Text of message ${number}` }));
  }
  await open(page, "/");
  await registerMailbox(page, dovecot, "Weight", "weight");
  await checkAndViewInbox(page, "Weight");
  await expect(page.locator("tr[data-key]")).toHaveCount(30);

  const painted = await (await page.request.get(page.url())).text();
  expect(painted, "the first paint has the list").toContain("Message 9");
  await page.getByRole("link", { name: "Rows a page: 100" }).click();
  await expect(page.locator("tr[data-key]")).toHaveCount(MESSAGES);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
  expect(await page.locator("*").count(), "elements of a hundred rows").toBeLessThan(3000);

  await page.evaluate(() => {
    const tasks: number[] = ((window as unknown as { tasks: number[] }).tasks = []);
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
  });
  // The first one opened has been marked as read, and the list knows.
  await nextMessage(page);
  await expect(page.getByRole("button", { name: "Mark as unread" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(1000);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const ofOurs = () => asked.filter((path) => !path.endsWith("/icon.svg"));
  const QUICKLY = 5;
  for (let opened = 0; opened < QUICKLY; opened += 1) await nextMessage(page);
  // News of other mail may refresh the list meanwhile; it is not what opening costs.
  expect(ofOurs().filter((path) => path === "/api/messages/get"), "opening a message").toHaveLength(QUICKLY);
  expect(ofOurs().filter((path) => path !== "/api/messages/get").join(), "and nothing else").toMatch(/^(\/api\/messages\/list)?$/);

  let settled: Weight | undefined;
  for (let opened = 1; opened <= ALL; opened += 1) {
    await nextMessage(page);
    if (opened === SETTLED) settled = await weight(cdp);
  }
  const end = await weight(cdp);
  const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
  console.log(`after ${SETTLED} and ${ALL} openings: ${JSON.stringify(settled)} ${JSON.stringify(end)}; long tasks: ${tasks.map(Math.round).join(", ") || "none"} ms`);
  expect(end.heap).toBeLessThan(settled!.heap * 1.1);
  expect(end.nodes).toBeLessThan(settled!.nodes * 1.1);
  expect(end.listeners).toBeLessThan(settled!.listeners * 1.1);
});
