// Small comforts on top of pages that work without them: dialogs, the cursor back in the scan line, and nothing typed
// is lost when the answer is not the page that was asked for.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (dialog && dialog.showModal) dialog.showModal();
  });
  // A scanner types and presses Enter; after the answer the next scan must land in the same line, unless
  // the answer put the cursor elsewhere itself, or refuses something that is to be read first. The page settles in the
  // same moment as it is swapped (`defaultSettleDelay` in frame.html): a cursor moved later would take it from a hand
  // that already types in another row.
  document.addEventListener("htmx:afterSettle", () => {
    const wanted = document.querySelector("[autofocus]");
    const refused = document.querySelector(".findings .bad");
    const line = wanted || (refused ? null : document.getElementById("scan"));
    if (line && !line.contains(document.activeElement)) line.focus();
  });

  // A scanner does not wait for answers. What it reads while one is under way is sent in its turn, and what it has
  // begun to type goes on in the line of the answer.
  const waiting = [];
  let under = null;
  const scanLine = () => document.getElementById("scan");
  document.addEventListener("keydown", (event) => {
    const line = event.target;
    if (event.key !== "Enter" || event.isComposing || line.id !== "scan" || !under) return;
    event.preventDefault();
    if (line.value.trim()) waiting.push(line.value);
    line.value = "";
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const line = scanLine();
    if (!line) return;
    const scans = event.detail.elt.value === "scan";
    under = { sent: scans ? line.value : "", begun: "", landed: false };
    if (scans) line.value = "";
    under.stood = line.value;
  });
  document.addEventListener("htmx:beforeSwap", () => {
    const line = scanLine();
    if (under && line && line.value !== under.stood) under.begun = line.value;
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!under) return;
    under.landed = true;
    const line = scanLine();
    if (line && under.begun) {
      line.value = under.begun;
      line.setSelectionRange(line.value.length, line.value.length);
    } else if (line) {
      // What the answer repeats gives way to the next scan.
      line.select();
    }
  });
  document.addEventListener("htmx:afterRequest", () => {
    const done = under;
    const line = scanLine();
    under = null;
    if (!done || !line) return;
    if (!done.landed) {
      // Nobody took it: it stands where it was typed, and what came after it waits for the next time.
      if (done.sent && line.value.trim()) waiting.unshift(done.sent);
      else if (done.sent) line.value = done.sent;
      return;
    }
    if (waiting.length === 0) return;
    const begun = line.value;
    line.value = waiting.shift();
    line.form.querySelector('button[value="scan"]').click();
    line.value = begun;
    if (under) under.stood = "";
  });

  // Enter in the description of a new book adds the book; elsewhere it presses the first button, as always.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.name.startsWith("new.")) return;
    const add = field.form && field.form.querySelector('button[value="add-title"]');
    if (add) {
      event.preventDefault();
      add.click();
    }
  });

  const quiet = () => document.querySelectorAll("#notices .lost").forEach((old) => old.remove());
  const say = (what) => {
    const words = document.getElementById("says");
    const place = document.getElementById("notices");
    if (!words || !place) return;
    quiet();
    const notice = document.createElement("div");
    notice.className = "notice bad lost";
    notice.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = words.dataset[what];
    notice.append(text);
    place.append(notice);
    notice.scrollIntoView({ block: "center" });
  };

  // An answer that does not hold what it is to replace is a sign-in page or an error: the form stays.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target, serverResponse } = event.detail;
    if (xhr.status === 204 || !target || !target.id) return;
    if (String(serverResponse || "").includes(`id="${target.id}"`)) {
      quiet();
      return;
    }
    event.detail.shouldSwap = false;
    say(new URL(xhr.responseURL || location.href).pathname === "/login" ? "login" : "server");
  });
  for (const lost of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(lost, () => say("server"));
  }

  // A step that leaves the page first asks whether anybody will take it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-asks]") || event.defaultPrevented) return;
    clearTimeout(keeping);
    if (form.dataset.sure) {
      delete form.dataset.sure;
      return;
    }
    event.preventDefault();
    if (form.dataset.asking) return;
    form.dataset.asking = "1";
    const button = event.submitter;
    fetch(form.action, { method: "HEAD", redirect: "manual", cache: "no-store" })
      .then((answer) => {
        if (answer.ok) {
          form.dataset.sure = "1";
          form.requestSubmit(button);
        } else {
          say(answer.type === "opaqueredirect" || answer.status === 401 ? "login" : "server");
        }
      })
      .catch(() => say("server"))
      .finally(() => delete form.dataset.asking);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-asks]").forEach((form) => {
      delete form.dataset.sure;
      delete form.dataset.asking;
    });
  });

  // What was typed and not sent yet is kept on the desk too, a moment after the hand rests.
  let keeping = 0;
  const keep = (form) => {
    const body = new URLSearchParams(new FormData(form));
    body.set("do", "keep");
    fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
  };
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !form.matches("[data-keeps]")) return;
    clearTimeout(keeping);
    keeping = setTimeout(() => form.isConnected && keep(form), 700);
  });
  document.addEventListener("htmx:beforeRequest", () => clearTimeout(keeping));
})();
