// Starts, stops and goes on with trainings; the page shows the command before it is started.

const form = document.getElementById("start");
const field = (name) => form.elements[name];

/** Asks the server to start, stop or go on, with what a form holds; what it says against it is shown. */
export async function ask(verb, body) {
  const answer = await fetch(verb, { method: "POST", body });
  const trouble = document.getElementById("trouble");
  if (!answer.ok) trouble.textContent = (await answer.json()).said;
  trouble.hidden = answer.ok;
  return answer.ok;
}

function command() {
  const typed = [...form.querySelectorAll("select")].map((each) => each.selectedOptions[0].dataset.typed);
  const { folder } = form.dataset;
  const name = field("name").value;
  const place = `${folder}/started/${name}`;
  return [
    `kunster run style.name=${name} style.image=${place}/painting.jpg`,
    ...typed,
    ...(field("photos").files.length ? [`callbacks.preview.photos=${place}/photos`] : []),
    `hydra.run.dir=${folder}/${name}`,
  ].join(" ");
}

function listen() {
  const show = () => (document.getElementById("command").textContent = command());
  form.addEventListener("input", show);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await ask("start", new FormData(form))) form.parentElement.open = false;
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    field("painting").files = event.dataTransfer.files;
    form.parentElement.open = true;
  });
  show();
}

if (form) listen();
