// Several drawings with one reference: they are painted one after another, and saved together.
import { $, paintOne, pictures, settings, state, takesFiles, tell, update, upload, whileBusy } from "./page.js";

const MOST = 32; // drawings; the server keeps 64 pictures
let drawings = []; // {file, row, id}
let stopped = false;

function take(files) {
  if (state.busy) return;
  drawings = [...files].slice(0, MOST).map((file) => ({ file, row: document.createElement("li"), id: null }));
  for (const { file, row } of drawings) write(row, file.name, "not painted yet");
  $("rows").replaceChildren(...drawings.map(({ row }) => row));
  $("save-all").hidden = true;
  tell(files.length > MOST ? `The first ${MOST} of ${files.length} drawings are taken.` : "");
  update();
}

function write(row, name, text, error = false) {
  const words = document.createElement("span");
  words.textContent = `${name}: ${text}`;
  words.classList.toggle("error", error);
  row.replaceChildren(words);
}

async function paintAll() {
  stopped = false;
  for (const drawing of drawings) drawing.id = null;
  for (const drawing of drawings) {
    const { file, row } = drawing;
    if (stopped) break;
    try {
      write(row, file.name, "reading");
      const line = await upload(file, file.name);
      const done = await paintOne(settings(line), (text) => write(row, file.name, text));
      drawing.id = done.id;
      write(row, file.name, `painted in ${done.seconds.toFixed(2)} s`);
      row.prepend(Object.assign(document.createElement("img"), { src: `/picture/${done.id}.png`, alt: file.name }));
    } catch (error) {
      write(row, file.name, error.message, true);
    }
  }
  const ids = drawings.map(({ id }) => id).filter(Boolean);
  $("save-all").hidden = !ids.length;
  $("save-all").href = `/zip/${ids.join(",")}`;
  tell(`${ids.length} of ${drawings.length} drawings are painted.`);
}

takesFiles($("lines"), take);
$("paint-all").addEventListener("click", () => whileBusy(paintAll));
$("stop").addEventListener("click", () => {
  stopped = true;
});
state.listeners.push(() => {
  $("paint-all").disabled = state.busy || !drawings.length || !pictures.reference;
  $("stop").hidden = !state.busy;
});
