// Selecting rows of a list: all of the page at once, a range with Shift, "x" for the row one is in. Without this script the checkboxes and
// the bar's buttons work as they stand.
(() => {
  const bar = () => document.querySelector(".selection");
  const boxes = () => [...document.querySelectorAll("[data-pick]")];
  const number = new Intl.NumberFormat(document.documentElement.lang);
  let last = null;

  const tell = () => {
    const form = bar();
    if (!form) return;
    const all = boxes(), picked = all.filter(box => box.checked).length;
    const head = document.querySelector("[data-pick-all]");
    head.checked = picked > 0 && picked === all.length;
    head.indeterminate = picked > 0 && picked < all.length;
    const matching = form.querySelector("[data-pick-matching]");
    if (matching && picked < all.length) matching.checked = false;
    const { one, other, all: everything } = form.dataset;
    form.querySelector(".selection-count").textContent = matching?.checked
      ? everything
      : (new Intl.PluralRules(document.documentElement.lang).select(picked) === "one" ? one : other).replace("{0}", number.format(picked));
  };

  const pick = (all, on) => all.forEach(box => { box.checked = on; });

  const pickRange = box => {
    const all = boxes(), [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    if (from >= 0) pick(all.slice(from, to + 1), box.checked);
  };

  document.addEventListener("click", event => {
    const box = event.target;
    if (!box.matches?.("[data-pick]")) return;
    if (event.shiftKey) pickRange(box);
    last = box;
  });

  document.addEventListener("change", event => {
    const box = event.target;
    if (box.matches("[data-pick-all]")) pick(boxes(), box.checked);
    if (box.matches("[data-pick-matching]") && box.checked) pick(boxes(), true);
    if (box.matches("[data-pick], [data-pick-all], [data-pick-matching]")) tell();
  });

  document.addEventListener("keydown", event => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    const box = document.activeElement?.closest?.("[data-row]")?.querySelector("[data-pick]");
    if (!box) return;
    box.checked = !box.checked;
    last = box;
    tell();
  });

  // The browser remembers checked boxes over Back and reload.
  addEventListener("pageshow", tell);
  document.addEventListener("htmx:after:swap", tell);
})();
