// The tabs of the page: the part of the address after # names the one that is shown.
import { $ } from "./page.js";
import { open } from "./runs.js";

const first = { runs: open, report: () => { $("report-frame").src = "/report"; } }; // what a tab does when it is shown

function tab() {
  const link = [...document.querySelectorAll("nav a")].find(({ hash }) => hash === location.hash);
  const chosen = link ? link.hash.slice(1) : "paint";
  for (const part of document.querySelectorAll("[data-tabs]")) {
    part.hidden = !part.dataset.tabs.split(" ").includes(chosen);
  }
  for (const each of document.querySelectorAll("nav a")) {
    if (each.hash === `#${chosen}`) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  first[chosen]?.();
}

window.addEventListener("hashchange", tab);
tab();
