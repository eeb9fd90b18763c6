// What is chosen stands in the page's address, so that it can be sent to someone.

export function recalled() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

export function remember(chosen) {
  history.replaceState(null, "", `#${new URLSearchParams(chosen)}`);
}
