// Starts, stops and goes on with trainings; the page shows the command before it is started.

const form = document.getElementById("start");
const field = (name) => form.elements[name];

/** Asks the server to start, stop or go on; what it says against it is shown. */
export async function ask(verb, wish, body) {
  const answer = await fetch(`${verb}?${new URLSearchParams(wish)}`, { method: "POST", body });
  const trouble = document.getElementById("trouble");
  trouble.hidden = answer.ok;
  if (!answer.ok) trouble.textContent = (await answer.json()).said;
  return answer.ok;
}

function command() {
  const typed = [...form.querySelectorAll("select")].map((each) => each.selectedOptions[0].dataset.typed);
  const { folder } = form.dataset;
  const name = field("name").value;
  return [
    `kunster run style.name=${name} style.image=${folder}/started/${name}/painting.jpg`,
    ...typed,
    `hydra.run.dir=${folder}/${name}`,
  ].join(" ");
}

function listen() {
  const show = () => (document.getElementById("command").textContent = command());
  form.addEventListener("input", show);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const selects = [...form.querySelectorAll("select")].map(({ id, value }) => [id, value]);
    const wish = { name: field("name").value, ...Object.fromEntries(selects) };
    if (await ask("start", wish, field("painting").files[0])) form.parentElement.open = false;
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
