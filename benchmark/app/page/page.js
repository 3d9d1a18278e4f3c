"use strict";
const token = document.querySelector("meta[name=anibench-token]").content;
const $ = (id) => document.getElementById(id);
const pictures = { line: null, reference: null }; // {name, bytes, id, edited, source}
const MOST_SIDE = 4096; // px of the copy that is shown; the uploaded file is not changed
let busy = false;
let last = "line"; // the field that a pasted picture goes to when both are filled

function tell(text, error = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", error);
}

async function answer(response) {
  const value = await response.json();
  if (!response.ok) throw new Error(value.error);
  return value;
}

const post = (address, body, headers = {}) =>
  fetch(address, { method: "POST", body, headers: { "X-Anibench": token, ...headers } }).then(answer);

function ready() {
  $("paint").disabled = busy || !pictures.line || !pictures.reference;
}

async function give(which, file) {
  const field = $(which);
  tell(`Reading ${file.name} ...`);
  try {
    const { id } = await post("/upload", file, { "X-Name": encodeURIComponent(file.name) });
    pictures[which] = { name: file.name, id, edited: false, source: null };
    last = which;
    await show(which, file);
    tell(pictures.line && pictures.reference ? "Ready." : "Add the other picture.");
  } catch (error) {
    pictures[which] = null;
    field.querySelector("canvas").hidden = true;
    tell(error.message, true);
  }
  ready();
}

async function show(which, file) {
  const canvas = $(which).querySelector("canvas");
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    canvas.hidden = true; // a format that the browser cannot show, such as TIFF; it is painted all the same
    return;
  }
  const whole = bitmap.width <= MOST_SIDE && bitmap.height <= MOST_SIDE;
  const scale = whole ? 1 : MOST_SIDE / Math.max(bitmap.width, bitmap.height);
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  canvas.hidden = false;
  if (which === "line") {
    pictures.line.source = bitmap;
    document.querySelector(".tools").hidden = !whole;
  }
}

function erase(event) {
  if (!$("erase").checked || !(event.buttons & 1)) return;
  const canvas = event.target;
  const box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.beginPath();
  const radius = ($("brush").value / 2) * scale;
  context.arc((event.clientX - box.left) * scale, (event.clientY - box.top) * scale, radius, 0, 7);
  context.fill();
  pictures.line.edited = true;
}

async function uploadEdited() {
  const canvas = $("line").querySelector("canvas");
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const { id } = await post("/upload", blob, { "X-Name": encodeURIComponent(pictures.line.name) });
  Object.assign(pictures.line, { id, edited: false });
}

async function paint() {
  busy = true;
  ready();
  try {
    if (pictures.line.edited) await uploadEdited();
    const steps = $("steps-label").hidden ? null : Number($("steps").value);
    const request = {
      line: pictures.line.id, reference: pictures.reference.id, method: $("method").value, steps,
      seed: Number($("seed").value), kind: $("kind").value, whole: $("whole").checked,
      keep_lines: $("keep-lines").checked,
    };
    const { id } = await post("/paint", JSON.stringify(request));
    let state;
    do {
      await new Promise((done) => setTimeout(done, 150));
      state = await fetch(`/job/${id}`).then(answer);
      if (state.state === "waiting") tell(`Waiting: place ${state.place} in the queue.`);
      if (state.state === "painting") tell("Painting ...");
    } while (state.state === "waiting" || state.state === "painting");
    if (state.state === "failed") throw new Error(state.message);
    tell(`Painted in ${state.seconds.toFixed(2)} s.`);
    const made = { id, name: pictures.line.name.replace(/\.[^.]*$/, ""), notes: state.notes };
    present(made);
    remember(made, request, state.seconds);
  } catch (error) {
    tell(error.message, true);
  }
  busy = false;
  ready();
}

function present({ id, name, notes }) {
  $("after").src = `/picture/${id}.png`;
  $("before").src = `/picture/${id}.line`;
  $("save").href = `/picture/${id}.png`;
  $("save").download = `${name}.png`;
  $("save-layers").href = `/picture/${id}.ora`;
  $("save-layers").download = `${name}.ora`;
  $("notes").replaceChildren(...notes.map((note) => Object.assign(document.createElement("li"), { textContent: note })));
  $("result").hidden = false;
}

function remember(made, request, seconds) {
  const image = Object.assign(document.createElement("img"), { src: `/picture/${made.id}.png`, alt: made.name });
  const text = document.createElement("span");
  text.textContent = `${request.method}, seed ${request.seed}, ${seconds.toFixed(2)} s`;
  const button = document.createElement("button");
  button.type = "button";
  button.append(image, text);
  button.addEventListener("click", () => present(made));
  $("history").prepend(button);
  document.querySelector(".history").hidden = false;
}

for (const which of ["line", "reference"]) {
  const field = $(which);
  field.querySelector("input[type=file]").addEventListener("change", (event) => {
    if (event.target.files[0]) give(which, event.target.files[0]);
  });
  field.addEventListener("dragover", (event) => {
    event.preventDefault();
    field.classList.add("over");
  });
  field.addEventListener("dragleave", () => field.classList.remove("over"));
  field.addEventListener("drop", (event) => {
    event.preventDefault();
    field.classList.remove("over");
    if (event.dataTransfer.files[0]) give(which, event.dataTransfer.files[0]);
  });
}
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files][0];
  if (file) give(!pictures.line ? "line" : !pictures.reference ? "reference" : last, file);
});
const canvas = $("line").querySelector("canvas");
canvas.addEventListener("pointerdown", erase);
canvas.addEventListener("pointermove", erase);
$("restore").addEventListener("click", () => {
  if (!pictures.line?.source) return;
  canvas.getContext("2d").drawImage(pictures.line.source, 0, 0);
  pictures.line.edited = true;
});
$("slider").addEventListener("input", (event) => {
  $("before").style.clipPath = `inset(0 ${100 - event.target.value}% 0 0)`;
});
$("paint").addEventListener("click", paint);
fetch("/methods").then(answer).then((methods) => {
  $("method").replaceChildren(...methods.map(({ name }) => new Option(name, name)));
  const choose = () => {
    const { steps } = methods.find(({ name }) => name === $("method").value);
    $("steps-label").hidden = steps === null;
    if (steps !== null) $("steps").value = steps;
  };
  $("method").addEventListener("change", choose);
  choose();
});
