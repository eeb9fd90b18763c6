// Which network painted which photo, and which half of a film is seen. Without: the first of each.
(() => {
  const narrow = matchMedia("(max-width: 40rem)");

  function furnish(room) {
    const one = (selector) => room.querySelector(selector);
    const picked = (choice) => one(`[data-choice=${choice}] :checked`);
    const painted = one(".painted");
    const photo = one(".photo");
    const networks = new Map(
      [...one(".facts").querySelectorAll("[data-key]")].map((facts) => [facts.dataset.key, facts]),
    );
    const show = movableLine(one(".wipe"), one(".wipe input"), () => {});

    // A network that ships after one stage only shows that one.
    function offerStages() {
      const stages = [...room.querySelectorAll("[data-choice=stage] input")];
      for (const stage of stages) {
        stage.disabled = !networks.has(`${picked("network").value}-${stage.value}`);
      }
      if (picked("stage").disabled) stages.find((stage) => !stage.disabled).checked = true;
    }

    function change() {
      offerStages();
      const key = `${picked("network").value}-${picked("stage").value}`;
      const { value, dataset } = picked("photo");
      for (const [name, facts] of networks) facts.hidden = name !== key;
      painted.src = `pictures/${room.id}/${key}-${value}.jpg`;
      painted.alt = `${dataset.name}, painted`;
      photo.src = `pictures/photo-${value}.jpg`;
      photo.alt = dataset.name;
    }

    one(".wall").addEventListener("change", (event) => {
      if (event.target.closest("[data-choice=view]")) view();
      else if (event.target.closest("[data-choice]")) change();
    });

    const film = one("video");
    function view() {
      const seen = picked("view").value;
      film.dataset.view = seen;
      const width = film.getAttribute("width") / (seen === "both" ? 1 : 2);
      film.style.aspectRatio = `${width} / ${film.getAttribute("height")}`;
    }

    if (narrow.matches) one("[data-choice=view] [value=painted]").checked = true;
    for (const controls of room.querySelectorAll(".controls")) controls.hidden = false;
    change();
    show();
    view();
  }

  document.querySelectorAll(".room").forEach(furnish);
})();
