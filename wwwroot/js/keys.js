// "/" goes to the search box, j and k walk through a list (an element with data-keys; its rows carry data-row), Enter opens the row's
// first link, Escape leaves a box or clears the status. Menus are popovers and close by themselves.
(() => {
  const types = element => element?.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

  const walk = step => {
    const rows = [...document.querySelectorAll("[data-keys] [data-row]")];
    if (rows.length === 0) return false;
    const here = rows.indexOf(document.activeElement?.closest?.("[data-row]"));
    const next = rows[Math.min(Math.max(here + step, 0), rows.length - 1)];
    const link = next.querySelector("a[href]") ?? next;
    link.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };

  // On a phone the rail is a bar that scrolls: the section one is in comes into view.
  document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // So do tabs; they alone move, and not the page.
  document.querySelectorAll(".tabs [aria-current]").forEach(tab => {
    tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
  });

  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape") {
      // Left, not emptied, as the browser would: what was sought stays sought.
      if (types(document.activeElement)) event.preventDefault(), document.activeElement.blur();
      else document.getElementById("status")?.replaceChildren();
      return;
    }
    if (types(document.activeElement) || document.querySelector("dialog[open]")) return;
    const search = event.key === "/" ? document.querySelector("[data-key='/']") : null;
    if (search) search.select();
    const done = search ? (search.focus(), true) : event.key === "j" ? walk(1) : event.key === "k" ? walk(-1) : false;
    if (done) event.preventDefault();
  });
})();
