import { defineConfig, devices } from "@playwright/test";
import { existsSync } from "node:fs";

// The system's own Chromium where there is one; otherwise the one that Playwright has installed.
const chromium = [process.env.CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));

export default defineConfig({
  // One after another: each worker has a server and a mail server of its own, and two cores are soon full.
  workers: 1,
  // A journey that passes at the second try has found something.
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    // Time zone and language reach the screen as dates and numbers.
    timezoneId: "Europe/Lisbon",
    locale: "en-GB",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "journeys", testDir: "tests" },
    { name: "screenshots", testDir: "screens" },
  ],
});
