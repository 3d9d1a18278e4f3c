// The page of `anibench review`: one decision per crop, stored in the browser and saved as CSV.
"use strict";

const PAGE = 200; // crops in the document at once
const STEP = 1 / 32; // of the crop's side
const ZOOM = 1.05;
const LIMITS = { shift: 1, least: 0.5, most: 2 }; // the limits of build-dataset
const HISTORY = 2000;
const HEADER = "id,decision,dx,dy,scale";

const samples = window.REVIEW.samples;
const numberOf = new Map(samples.map((sample, number) => [sample.id, number]));
const storageKey = "anibench-review-" + window.REVIEW.fingerprint;
const element = (id) => document.getElementById(id);

let decisions = new Map(); // id -> {decision, dx, dy, scale}
let history = []; // lists of [id, previous decision], the latest last
let shown = samples.map((_, number) => number); // numbers that pass the filter
let place = 0; // in `shown`
let tiles = new Map(); // number -> figure in the document

function restore() {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey) || "{}");
    decisions = new Map((stored.decisions || []).filter(([id]) => numberOf.has(id)));
    history = stored.history || [];
  } catch (error) {
    say("this browser cannot store decisions; save often: " + error.message);
  }
}

function keep() {
  try {
    localStorage.setItem(storageKey, JSON.stringify({ decisions: [...decisions], history: history.slice(-HISTORY) }));
  } catch (error) {
    say("this browser did not store the decision; save now: " + error.message);
  }
}

// Each change is [id, new decision or null]; one undo reverts all changes of a call.
function decide(changes) {
  const before = changes.map(([id]) => [id, decisions.get(id) || null]);
  history.push(before);
  apply(changes);
}

function apply(changes) {
  for (const [id, decision] of changes) {
    if (decision === null) decisions.delete(id);
    else decisions.set(id, decision);
    const figure = tiles.get(numberOf.get(id));
    if (figure) paint(figure, samples[numberOf.get(id)]);
  }
  keep();
  count();
}

function undo() {
  const last = history.pop();
  if (!last) return say("nothing to undo");
  apply(last);
  goTo(numberOf.get(last[0][0]));
}

const word = (decision) => ({ decision, dx: 0, dy: 0, scale: 1 });
const current = () => samples[shown[place]];

function reject(sample) {
  const before = decisions.get(sample.id);
  decide([[sample.id, before && before.decision === "reject" ? null : word("reject")]]);
}

function move(dx, dy, zoom) {
  const sample = current();
  const before = decisions.get(sample.id);
  const from = before && before.decision === "adjust" ? before : word("adjust");
  const hold = (value, low, high) => Math.min(high, Math.max(low, value));
  const round = (value) => Math.round(value * 1e5) / 1e5;
  const to = {
    decision: "adjust",
    dx: round(hold(from.dx + dx, -LIMITS.shift, LIMITS.shift)),
    dy: round(hold(from.dy + dy, -LIMITS.shift, LIMITS.shift)),
    scale: round(hold(from.scale * zoom, LIMITS.least, LIMITS.most)),
  };
  const unchanged = to.dx === 0 && to.dy === 0 && Math.abs(to.scale - 1) < 0.002;
  decide([[sample.id, unchanged ? null : to]]);
}

// Scale and shift a picture so that the decision's frame fills the tile.
function paint(figure, sample) {
  const decision = decisions.get(sample.id) || word("");
  const image = figure.querySelector("img");
  const side = 100 * (1 + 2 * sample.around) / decision.scale;
  const offset = (shift) => 50 - side / 2 - (100 * shift) / decision.scale;
  image.style.width = image.style.height = side + "%";
  image.style.left = offset(decision.dx) + "%";
  image.style.top = offset(decision.dy) + "%";
  figure.className = decision.decision;
  if (shown[place] === numberOf.get(sample.id)) figure.classList.add("current");
}

function draw() {
  const start = Math.floor(place / PAGE) * PAGE;
  const numbers = shown.slice(start, start + PAGE);
  tiles = new Map();
  const figures = numbers.map((number) => {
    const sample = samples[number];
    const figure = document.createElement("figure");
    const frame = document.createElement("div");
    const image = document.createElement("img");
    const caption = document.createElement("figcaption");
    frame.className = "frame";
    image.loading = "lazy";
    image.alt = sample.id;
    image.src = "pictures/" + sample.id + ".jpg";
    caption.textContent = number + 1 + "  " + sample.reasons.join(", ");
    frame.append(image);
    figure.append(frame, caption);
    figure.addEventListener("click", () => {
      goTo(number);
      reject(sample);
    });
    tiles.set(number, figure);
    return figure;
  });
  element("grid").replaceChildren(...figures);
  for (const [number, figure] of tiles) paint(figure, samples[number]);
  const pages = Math.max(1, Math.ceil(shown.length / PAGE));
  element("page").textContent = "page " + (start / PAGE + 1) + " of " + pages;
}

function show(to) {
  if (!shown.length) {
    element("grid").textContent = "no crop matches this filter";
    tiles = new Map();
    return count();
  }
  const from = place;
  place = Math.min(shown.length - 1, Math.max(0, to));
  if (Math.floor(from / PAGE) !== Math.floor(place / PAGE) || !tiles.has(shown[place])) draw();
  tiles.get(shown[from])?.classList.remove("current");
  const figure = tiles.get(shown[place]);
  figure.classList.add("current");
  figure.scrollIntoView({ block: "nearest" });
  describe();
}

function goTo(number) {
  let found = shown.indexOf(number);
  if (found < 0) {
    element("filter").value = "all";
    filter();
    found = number;
  }
  show(found);
}

function filter() {
  const wanted = element("filter").value;
  const state = (sample) => decisions.get(sample.id)?.decision || "undecided";
  const numbers = samples.map((_, number) => number);
  shown = wanted === "all" ? numbers : numbers.filter((number) => state(samples[number]) === wanted);
  place = 0;
  tiles = new Map();
  show(0);
}

function describe() {
  const sample = current();
  const decision = decisions.get(sample.id);
  const said = decision
    ? decision.decision + (decision.decision === "adjust" ? ` ${decision.dx} ${decision.dy} x ${decision.scale}` : "")
    : "undecided";
  const about = `${shown[place] + 1} of ${samples.length}   ${sample.id}   ${sample.split}   ${sample.size} px`;
  say(`${about}   ${said}   ${sample.source}   ${sample.reasons.join(", ")}`);
}

function count() {
  const by = { accept: 0, reject: 0, adjust: 0 };
  for (const { decision } of decisions.values()) by[decision]++;
  element("counts").textContent =
    `${samples.length} crops: ${by.reject} rejected, ${by.adjust} moved, ${by.accept} accepted, ` +
    `${samples.length - decisions.size} undecided`;
  if (shown.length) describe();
}

function columns() {
  return getComputedStyle(element("grid")).gridTemplateColumns.split(" ").length;
}

function jump() {
  const wanted = (prompt("Number, or the beginning of an id or of a source:") || "").trim();
  if (!wanted) return;
  const number = /^\d+$/.test(wanted) && Number(wanted) <= samples.length
    ? Number(wanted) - 1
    : samples.findIndex((sample) => sample.id.startsWith(wanted) || sample.source.startsWith(wanted));
  if (number < 0) say("no crop has a number, id or source " + wanted);
  else goTo(number);
}

function acceptPage() {
  const undecided = [...tiles.keys()].map((number) => samples[number].id).filter((id) => !decisions.has(id));
  if (undecided.length) decide(undecided.map((id) => [id, word("accept")]));
  show((Math.floor(place / PAGE) + 1) * PAGE);
}

function csv() {
  const rows = [...decisions].sort(([a], [b]) => (a < b ? -1 : 1));
  return [HEADER, ...rows.map(([id, one]) => [id, one.decision, one.dx, one.dy, one.scale].join(","))].join("\n") + "\n";
}

function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
  link.download = "decisions.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  say(`${decisions.size} decisions saved as decisions.csv: anibench build-dataset SOURCE --decisions decisions.csv`);
}

async function load(file) {
  const lines = (await file.text()).split(/\r?\n/).filter(Boolean);
  if (lines.shift() !== HEADER) return say(file.name + " is not a decisions file: its first line must be " + HEADER);
  const changes = [];
  let ignored = 0;
  for (const line of lines) {
    const [id, decision, dx, dy, scale] = line.split(",");
    const one = { decision, dx: Number(dx), dy: Number(dy), scale: Number(scale) };
    const sound = ["accept", "reject", "adjust"].includes(decision) && one.scale > 0 &&
      Number.isFinite(one.dx + one.dy + one.scale);
    if (numberOf.has(id) && sound) changes.push([id, one]);
    else ignored++;
  }
  if (changes.length) decide(changes);
  say(`${changes.length} decisions loaded` + (ignored ? `, ${ignored} lines ignored: unknown id or invalid values` : ""));
}

function say(text) {
  element("status").textContent = text;
}

const keys = {
  x: () => { reject(current()); show(place + 1); },
  Delete: () => { reject(current()); show(place + 1); },
  a: () => { decide([[current().id, word("accept")]]); show(place + 1); },
  A: acceptPage,
  0: () => decide([[current().id, null]]),
  "+": () => move(0, 0, ZOOM),
  "=": () => move(0, 0, ZOOM),
  "-": () => move(0, 0, 1 / ZOOM),
  u: undo,
  n: () => {
    const next = shown.findIndex((number, index) => index > place && !decisions.has(samples[number].id));
    if (next < 0) say("no undecided crop after this one");
    else show(next);
  },
  g: jump,
  s: save,
  "[": () => show((Math.floor(place / PAGE) - 1) * PAGE),
  "]": () => show((Math.floor(place / PAGE) + 1) * PAGE),
  "?": () => element("help").showModal(),
  Home: () => show(0),
  End: () => show(shown.length - 1),
  ArrowLeft: () => show(place - 1),
  ArrowRight: () => show(place + 1),
  ArrowUp: () => show(place - columns()),
  ArrowDown: () => show(place + columns()),
};
const shiftKeys = {
  ArrowLeft: () => move(-STEP, 0, 1),
  ArrowRight: () => move(STEP, 0, 1),
  ArrowUp: () => move(0, -STEP, 1),
  ArrowDown: () => move(0, STEP, 1),
};

document.addEventListener("keydown", (event) => {
  if (element("help").open || event.altKey || event.metaKey || event.target.matches("select, input")) return;
  const undoing = event.ctrlKey && event.key === "z";
  if (event.ctrlKey && !undoing) return;
  const action = undoing ? undo : (event.shiftKey && shiftKeys[event.key]) || keys[event.key];
  if (!action || (!shown.length && action !== undo && action !== save)) return;
  event.preventDefault();
  action();
});
element("filter").addEventListener("change", (event) => { filter(); event.target.blur(); });
element("previous").addEventListener("click", () => keys["["]());
element("next").addEventListener("click", () => keys["]"]());
element("undo").addEventListener("click", undo);
element("save").addEventListener("click", save);
element("keys").addEventListener("click", () => keys["?"]());
element("load").addEventListener("change", (event) => { load(event.target.files[0]); event.target.value = ""; });

document.title = window.REVIEW.name + " - anibench review";
element("name").textContent = window.REVIEW.name;
restore();
draw();
count();
show(0);
