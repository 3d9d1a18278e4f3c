// Finished evaluations: line, reference and the methods' pictures of a pair side by side, with their scores.
import { $, answer } from "./page.js";

let tables = [];

export async function open() {
  tables = await fetch("/tables").then(answer);
  $("table").replaceChildren(...tables.map(({ id, title }) => new Option(title, id)));
  $("no-runs").hidden = tables.length > 0;
  $("browser").hidden = !tables.length;
  if (tables.length) choose();
}

function choose() {
  $("place").max = tables[$("table").selectedIndex].pairs;
  $("place").value = 1;
  show();
}

async function show() {
  const { id, methods, pairs } = tables[$("table").selectedIndex];
  const number = Math.min(Math.max(Math.round($("place").value) || 1, 1), pairs);
  $("place").value = number;
  $("of").textContent = `of ${pairs}`;
  const address = `/pair/${encodeURIComponent(id)}/${number - 1}`;
  const found = await fetch(address).then(answer);
  if (Number($("place").value) !== number || $("table").value !== id) return; // another one was asked for meanwhile
  $("no-data").hidden = found.data;
  const given = found.data ? ["line", "reference", "target"].map((name) => picture(address, name, name, {})) : [];
  const painted = methods.map((name) => picture(address, `of-${name}`, name, found.scores[name]));
  $("pictures").replaceChildren(...given, ...painted);
}

function picture(address, which, name, scores) {
  const figure = document.createElement("figure");
  const image = Object.assign(document.createElement("img"), { alt: name, loading: "lazy" });
  image.src = `${address}/${encodeURIComponent(which)}`;
  const caption = document.createElement("figcaption");
  caption.append(Object.assign(document.createElement("b"), { textContent: name }));
  for (const [metric, text] of Object.entries(scores)) {
    caption.append(Object.assign(document.createElement("div"), { textContent: `${metric} ${text}` }));
  }
  figure.append(image, caption);
  return figure;
}

function move(step) {
  $("place").value = Number($("place").value) + step;
  show();
}

$("table").addEventListener("change", choose);
$("place").addEventListener("change", show);
$("previous").addEventListener("click", () => move(-1));
$("following").addEventListener("click", () => move(1));
