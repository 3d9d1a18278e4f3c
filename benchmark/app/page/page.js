// One drawing and one reference: uploads, eraser, settings, painting, the result, and the pictures of this visit.
const token = document.querySelector("meta[name=anibench-token]").content;
export const $ = (id) => document.getElementById(id);
export const pictures = { line: null, reference: null }; // {name, bytes, id, edited, source}
const MOST_SIDE = 4096; // px of the copy that is shown; the uploaded file is not changed
export const state = { busy: false, listeners: [] }; // the listeners are called when a button may change
let last = "line"; // the field that a pasted picture goes to when both are filled

export function tell(text, error = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", error);
}

export async function answer(response) {
  const value = await response.json();
  if (!response.ok) throw new Error(value.error);
  return value;
}

const post = (address, body, headers = {}) =>
  fetch(address, { method: "POST", body, headers: { "X-Anibench": token, ...headers } }).then(answer);

export function update() {
  for (const listener of state.listeners) listener();
}

const stem = (name) => name.replace(/\.[^.]*$/, "");

export async function upload(content, name) {
  return (await post("/upload", content, { "X-Name": encodeURIComponent(name) })).id;
}

async function give(which, file) {
  const field = $(which);
  tell(`Reading ${file.name} ...`);
  try {
    pictures[which] = { name: file.name, id: await upload(file, file.name), edited: false, source: null };
    last = which;
    await show(which, file);
    tell((pictures.line || !$("lines").hidden) && pictures.reference ? "Ready." : "Add the other picture.");
  } catch (error) {
    pictures[which] = null;
    field.querySelector("canvas").hidden = true;
    tell(error.message, true);
  }
  update();
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
    pictures.line.paper = paperOf(canvas);
    document.querySelector(".tools").hidden = !whole;
  }
}

// The most frequent colour of the border, [red, green, blue, alpha]: what the eraser leaves.
function paperOf(canvas) {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  const counts = new Map();
  for (const box of [[0, 0, width, 1], [0, height - 1, width, 1], [0, 0, 1, height], [width - 1, 0, 1, height]]) {
    const { data } = context.getImageData(...box);
    for (let at = 0; at < data.length; at += 4) {
      const colour = data.slice(at, at + 4).join();
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  }
  return [...counts].sort((one, other) => other[1] - one[1])[0][0].split(",").map(Number);
}

function erase(event) {
  if (!$("erase").checked || !(event.buttons & 1)) return;
  const canvas = event.target;
  const box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  const context = canvas.getContext("2d");
  const [red, green, blue, alpha] = pictures.line.paper;
  context.globalCompositeOperation = alpha < 255 ? "destination-out" : "source-over"; // paper that is transparent
  context.fillStyle = alpha < 255 ? "#000" : `rgb(${red} ${green} ${blue})`;
  context.beginPath();
  const radius = ($("brush").value / 2) * scale;
  context.arc((event.clientX - box.left) * scale, (event.clientY - box.top) * scale, radius, 0, 7);
  context.fill();
  pictures.line.edited = true;
}

async function uploadEdited() {
  const canvas = $("line").querySelector("canvas");
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const id = await upload(blob, pictures.line.name);
  Object.assign(pictures.line, { id, original: pictures.line.original ?? pictures.line.id, edited: false });
}

export function settings(line) {
  return {
    line, reference: pictures.reference.id, method: $("method").value,
    steps: $("steps-label").hidden ? null : Number($("steps").value), seed: Number($("seed").value),
    kind: $("kind").value, whole: $("whole").checked, keep_lines: $("keep-lines").checked,
  };
}

export async function paintOne(request, say) {
  const { id } = await post("/paint", JSON.stringify(request));
  for (;;) {
    await new Promise((done) => setTimeout(done, 150));
    const work = await fetch(`/job/${id}`).then(answer);
    if (work.state === "waiting") say(`Waiting: place ${work.place} in the queue.`);
    if (work.state === "painting") say("Painting ...");
    if (work.state === "failed") throw new Error(work.message);
    if (work.state === "done") return { id, seconds: work.seconds, notes: work.notes };
  }
}

export async function whileBusy(work) {
  state.busy = true;
  update();
  try {
    await work();
  } catch (error) {
    tell(error.message, true);
  }
  state.busy = false;
  update();
}

async function paint() {
  if (pictures.line.edited) await uploadEdited();
  const request = settings(pictures.line.id);
  const made = { ...(await paintOne(request, tell)), name: stem(pictures.line.name) };
  tell(`Painted in ${made.seconds.toFixed(2)} s.`);
  present(made);
  remember(made, request);
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

function remember(made, request) {
  const image = Object.assign(document.createElement("img"), { src: `/picture/${made.id}.png`, alt: made.name });
  const text = document.createElement("span");
  text.textContent = `${request.method}, seed ${request.seed}, ${made.seconds.toFixed(2)} s`;
  const button = document.createElement("button");
  button.type = "button";
  button.append(image, text);
  button.addEventListener("click", () => present(made));
  $("history").prepend(button);
  document.querySelector(".history").hidden = false;
}

export function takesFiles(field, take) {
  field.querySelector("input[type=file]").addEventListener("change", (event) => {
    if (event.target.files.length) take(event.target.files);
  });
  field.addEventListener("dragover", (event) => {
    event.preventDefault();
    field.classList.add("over");
  });
  field.addEventListener("dragleave", () => field.classList.remove("over"));
  field.addEventListener("drop", (event) => {
    event.preventDefault();
    field.classList.remove("over");
    if (event.dataTransfer.files.length) take(event.dataTransfer.files);
  });
}

for (const which of ["line", "reference"]) takesFiles($(which), ([file]) => give(which, file));
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files][0];
  const empty = ["line", "reference"].find((which) => !pictures[which] && !$(which).hidden);
  if (file) give(empty ?? ($("line").hidden ? "reference" : last), file);
});
const canvas = $("line").querySelector("canvas");
canvas.addEventListener("pointerdown", erase);
canvas.addEventListener("pointermove", erase);
$("restore").addEventListener("click", () => {
  if (!pictures.line?.source) return;
  const context = canvas.getContext("2d");
  context.globalCompositeOperation = "copy"; // the bitmap replaces also what is transparent in it
  context.drawImage(pictures.line.source, 0, 0);
  Object.assign(pictures.line, { id: pictures.line.original ?? pictures.line.id, edited: false });
});
$("slider").addEventListener("input", (event) => {
  $("before").style.clipPath = `inset(0 ${100 - event.target.value}% 0 0)`;
});
$("paint").addEventListener("click", () => whileBusy(paint));
state.listeners.push(() => {
  $("paint").disabled = state.busy || !pictures.line || !pictures.reference;
});
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
