// The timeline and the player of the share page: an item plays the film from where it begins.
const film = document.getElementById("film");
const tracks = document.getElementById("tracks");
const details = document.getElementById("details");
const playhead = document.getElementById("playhead");

function show(block) {
  details.textContent = block.getAttribute("aria-label");
}

function playFrom(event) {
  const block = event.target.closest("[data-at]");
  if (!block) return;
  event.preventDefault();
  show(block);
  if (!film) return;
  film.currentTime = Number(block.dataset.at);
  film.play().catch(() => {}); // browsers may want a press on the player first
}

// Left and right go from item to item, as they do in editors.
function walk(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const blocks = [...tracks.querySelectorAll("[data-at]")];
  const here = blocks.indexOf(document.activeElement);
  if (!step || here < 0) return;
  event.preventDefault();
  blocks[(here + step + blocks.length) % blocks.length].focus();
}

function follow() {
  const x = `${(100 * film.currentTime) / Number(tracks.dataset.seconds)}%`;
  playhead.setAttribute("x1", x);
  playhead.setAttribute("x2", x);
}

if (tracks) {
  tracks.addEventListener("click", playFrom);
  tracks.addEventListener("keydown", walk);
  for (const block of tracks.querySelectorAll("[data-at]")) {
    block.addEventListener("mouseenter", () => show(block));
    block.addEventListener("focus", () => show(block));
  }
  if (film) film.addEventListener("timeupdate", follow);
}

// A clip moves while it is pointed at, where it plays elsewhere and people do not mind.
if (matchMedia("(prefers-reduced-motion: no-preference)").matches) {
  for (const picture of document.querySelectorAll("[data-moving]")) {
    const still = picture.getAttribute("src");
    const card = picture.parentElement;
    for (const type of ["mouseenter", "focusin"]) card.addEventListener(type, () => (picture.src = picture.dataset.moving));
    for (const type of ["mouseleave", "focusout"]) card.addEventListener(type, () => (picture.src = still));
  }
}
