// Every page by axe at 1280 and 360 px, its width at 320 px, its weight, its first tab stop, and what the
// browser complains of (the content policy). Usage:
//   FOND_URL=http://127.0.0.1:8080 FOND_ADMIN=name:password node accessibility.mjs
import { createRequire } from "node:module";
import { open, signIn, check, finish } from "./browser.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SERIOUS = ["serious", "critical"];
const PUBLIC = ["/", "/search?q=пушкин", "/search?q=абракадабра", "/login", "/no/such/page"];
const STAFF = [
  "/staff", "/staff/import", "/staff/records/new", "/staff/deliveries/new", "/staff/withdrawals/new",
  "/staff/checks", "/staff/ksu?part=1", "/staff/ksu?part=2", "/staff/ksu?part=3", "/staff/inventory",
  "/staff/acts", "/staff/acts/1", "/staff/records/1", "/staff/records/1/edit", "/records/1", "/staff/periods", "/staff/libraries", "/staff/users", "/staff/verify", "/staff/status", "/account", "/staff/parts",
];
const SCHEMES = ["light", "dark", "black-on-white", "white-on-black", "blue-on-blue"];
const IN_ALL_SCHEMES = ["/", "/search?q=пушкин", "/staff", "/staff/parts"];

const { browser, base } = await open();

async function session(width, options) {
  const context = await browser.newContext({ locale: "ru-RU", viewport: { width, height: 800 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    const text = message.text();
    check(!/Content Security Policy|Refused to/.test(text), `${page.url()}: ${text.slice(0, 160)}`);
  });
  page.on("pageerror", (error) => check(false, `${page.url()}: ${error.message}`));
  page.on("request", (request) => {
    const own = request.url().startsWith(base) || request.url().startsWith("data:");
    check(own, `${page.url()} asks a stranger: ${request.url()}`);
  });
  return { context, page };
}

const inScheme = (context, scheme) => context.addCookies([{ name: "theme", value: scheme, url: base }]);

async function examine(page, path, width, scheme) {
  const where = `${path} at ${width} px, ${scheme}`;
  const answer = await page.goto(base + path);
  const there = answer.status() === 200 || path === "/no/such/page";
  check(there, `${path} answers ${answer.status()}`);
  check(answer.status() < 500, `${where}: status ${answer.status()}`);
  check((await answer.body()).length <= 100_000, `${where}: heavier than 100 kB`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  check(!overflow, `${where}: scrolls sideways`);
  if (width === 320) return;
  await page.addScriptTag({ path: axe });
  const result = await page.evaluate((values) => axe.run(document, { runOnly: { type: "tag", values } }), RULES);
  for (const found of result.violations) {
    const target = found.nodes[0].target.join(" ");
    const line = `${where}: ${found.id} (${found.impact}) × ${found.nodes.length}, first at ${target}`;
    if (SERIOUS.includes(found.impact)) check(false, line);
    else console.log(`note: ${line}`);
  }
}

async function firstStop(page, path) {
  await page.goto(base + path);
  const held = await page.evaluate(() => document.activeElement !== document.body);
  if (held) return;
  await page.keyboard.press("Tab");
  const stop = await page.evaluate(() => document.activeElement.className);
  check(stop === "skip", `${path}: the first tab stop is the way past the frame`);
}

async function links(page) {
  const found = [];
  for (const [path, pattern] of [["/search?q=пушкин", ".hit h3 a"], ["/staff/acts", "td a[href^='/staff/acts/']"]]) {
    await page.goto(base + path);
    const link = page.locator(pattern).first();
    if (await link.count()) found.push(await link.getAttribute("href"));
  }
  return found;
}

const scout = await session(1280, {});
await signIn(scout.page, base, process.env.FOND_ADMIN);
const state = await scout.context.storageState();
const more = await links(scout.page);
await firstStop(scout.page, "/search?q=пушкин");
await firstStop(scout.page, "/staff");
await scout.context.close();

let pages = 0;
for (const width of [1280, 360, 320]) {
  // The policy is switched off only where axe is put into the page; 320 px runs under it.
  const bypassCSP = width !== 320;
  const stranger = await session(width, { bypassCSP });
  const member = await session(width, { bypassCSP, storageState: state });
  for (const scheme of SCHEMES) {
    await inScheme(stranger.context, scheme);
    await inScheme(member.context, scheme);
    const wanted = (path) => scheme === "light" || IN_ALL_SCHEMES.includes(path);
    for (const path of PUBLIC.filter(wanted)) {
      await examine(stranger.page, path, width, scheme);
      pages += 1;
    }
    for (const path of [...STAFF, ...more].filter(wanted)) {
      await examine(member.page, path, width, scheme);
      pages += 1;
    }
  }
  await stranger.context.close();
  await member.context.close();
}
console.log(`examined ${pages} pages`);
await finish(browser);
