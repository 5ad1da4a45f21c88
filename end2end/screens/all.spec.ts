// Pictures of every screen, in both themes, on a desktop and on a phone: for eyes, not for comparison.
// `npm run screenshots` leaves them in screenshots/.

import { Restante } from "../support/restante.js";
import { SCREENS, stage } from "../support/stage.js";
import { open, test } from "../support/test.js";

// The browser reports the status of a page that is meant not to exist, and of a search that makes no sense.
test.use({ tolerated: [/404.*\/nowhere|422/] });

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    const folder = `screenshots/${colorScheme}-${size}`;

    test(`every screen, ${colorScheme}, ${size}`, async ({ page, restante, dovecot }) => {
      test.slow();
      const staged = await stage(page, restante, dovecot);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      for (const screen of SCREENS) {
        await open(page, screen.path(staged));
        await screen.ready(page);
        await page.screenshot({ path: `${folder}/${screen.name}.png` });
      }
    });

    test(`the entrance, ${colorScheme}, ${size}`, async ({ browser, restante }) => {
      const empty = await Restante.startEmpty();
      const context = await browser.newContext({ colorScheme, viewport, storageState: { cookies: [], origins: [] } });
      const page = await context.newPage();
      await page.goto(`${empty.url}/set-up`);
      await page.screenshot({ path: `${folder}/set-up.png` });
      await page.goto(`${restante.url}/sign-in`);
      await page.screenshot({ path: `${folder}/sign-in.png` });
      await context.close();
      await empty.stop();
    });
  }
}
