// What the browser tests share: the browser, signing in, and counting what broke.
import { chromium } from "playwright-core";

const broken = [];

export function check(holds, claim) {
  if (!holds) {
    broken.push(claim);
    console.log(`BROKEN: ${claim}`);
  }
}

export async function open() {
  const base = (process.env.FOND_URL ?? "http://127.0.0.1:8080").replace(/\/$/, "");
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
  return { browser, base };
}

export async function signIn(page, base, login) {
  const [name, password] = (login ?? "").split(":");
  await page.goto(`${base}/login`);
  await page.fill("#name", name);
  await page.fill("#password", password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname.startsWith("/staff"));
}

export async function finish(browser) {
  await browser.close();
  console.log(broken.length === 0 ? "nothing is broken" : `broken: ${broken.length}`);
  process.exit(broken.length === 0 ? 0 : 1);
}
