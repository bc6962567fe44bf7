// Small comforts on top of pages that work without them: dialogs, and the cursor back in the scan line.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (dialog && dialog.showModal) dialog.showModal();
  });
  // A scanner types and presses Enter; after the answer the next scan must land in the same line, unless
  // the answer put the cursor elsewhere itself.
  document.addEventListener("htmx:afterSettle", () => {
    const wanted = document.querySelector("[autofocus]") || document.getElementById("scan");
    if (wanted && !wanted.contains(document.activeElement)) wanted.focus();
  });
})();
