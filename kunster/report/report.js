// Pictures of the comparison lie in the page.

import { comparison } from "./compare.js";

const data = JSON.parse(document.getElementById("pictures").textContent);
comparison(data, (source, picture) => source.pictures[picture]);
