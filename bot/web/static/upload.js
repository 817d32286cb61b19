// The upload page: files go to /u/TOKEN/files by TUS (tus.min.js), two at a time.
// What a person typed or a server said is only ever shown as text.

const CHUNK_BYTES = 50 * 1024 * 1024; // proxies such as Cloudflare's take no more than 100 MB
const AT_ONCE = 2;
const RETRY_MILLISECONDS = [0, 1000, 2000, 5000, 10000, 20000, 30000, 60000];
const MEDIA = /^(video|audio|image)\/|^application\/(ogg|mxf|octet-stream)$/;
const SUBTITLES = /\.(srt|vtt|ass|ssa)$/i;
const ENDED = new Set([403, 410]);
const RETRIED = new Set([408, 409, 423, 429]);
const SPEED_MILLISECONDS = 8000;

const link = document.body.dataset.link;
const endpoint = new URL(`${link}/files`, location.href).href;
const videos = new URL(`${link}/${document.body.dataset.videos}`, location.href).href; // may lead to another server
const mostBytes = Number(document.body.dataset.mostBytes);
const element = (id) => document.getElementById(id);
const rows = new Set();
let awake = null;

function megabytes(bytes) {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** A file name as it may be shown: nothing that turns the direction of writing, or is not seen. */
function shown(name) {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "") || "file";
}

function duration(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.ceil((seconds % 3600) / 60)} min`;
}

/** Tell people who cannot see the page what has happened. */
function announce(words) {
  element("status").textContent = words;
}

/** Say why the page is of no use any more. */
function end(words) {
  element("notice").textContent = words;
  element("notice").hidden = false;
  element("work").hidden = true;
}

/** The sentence in an answer of our server, or another one. */
function sentence(body, otherwise) {
  try {
    return JSON.parse(body).error || otherwise;
  } catch {
    return otherwise;
  }
}

async function asked(path, method) {
  const answer = await fetch(link + path, { method, credentials: "same-origin", cache: "no-store" });
  const body = await answer.text();
  if (!answer.ok) throw Object.assign(new Error(sentence(body, "The server did not answer as it should.")), { status: answer.status });
  return body;
}

let taking = null;

/** Take the link for this browser; only now, as pages are also looked at by programs. */
function take() {
  taking ??= asked("", "POST").catch((error) => {
    taking = null;
    throw error;
  });
  return taking;
}

/** How fast it went in the last seconds, in bytes a second. */
class Speed {
  #samples = [];

  add(bytes) {
    const now = performance.now();
    this.#samples = this.#samples.filter((sample) => now - sample.at < SPEED_MILLISECONDS);
    this.#samples.push({ at: now, bytes });
  }

  forget() {
    this.#samples = [];
  }

  get value() {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    return first && last.at - first.at > 500 ? ((last.bytes - first.bytes) / (last.at - first.at)) * 1000 : 0;
  }
}

/** A file on the page. Its state: queued, going, paused, offline, failed, arrived, refused. */
class Row {
  constructor(file) {
    this.file = file;
    this.name = shown(file.name);
    this.sent = 0;
    this.speed = new Speed();
    this.node = element("row").content.firstElementChild.cloneNode(true);
    this.node.querySelector(".name").textContent = this.name;
    this.node.querySelector("progress").setAttribute("aria-label", `Progress of ${this.name}`);
    this.#button("pause", () => (this.state === "paused" ? this.queue() : this.pause()));
    this.#button("again", () => this.queue());
    this.#button("cancel", () => this.cancel());
    this.upload = new tus.Upload(file, this.#options());
    element("list").append(this.node);
    rows.add(this);
  }

  #button(name, action) {
    const button = this.node.querySelector(`.${name}`);
    button.addEventListener("click", action);
    return button;
  }

  #options() {
    return {
      endpoint: this.file.type.startsWith("video/") ? videos : endpoint,
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_MILLISECONDS,
      removeFingerprintOnSuccess: true,
      metadata: { filename: this.file.name, filetype: this.file.type },
      onShouldRetry: (error) => this.#goesOn(error),
      onProgress: (sent) => this.#progressed(sent),
      onSuccess: () => this.#arrived(),
      onError: (error) => this.#failed(error),
    };
  }

  queue() {
    this.show("queued");
    next();
  }

  async start() {
    this.show("going");
    const turn = (this.turn = {}); // who pauses and resumes while this one waits begins another
    try {
      await take();
      if (!this.upload.url) {
        const [latest] = (await this.upload.findPreviousUploads()).sort((a, b) => b.creationTime.localeCompare(a.creationTime));
        if (latest) this.upload.resumeFromPreviousUpload(latest);
      }
      if (this.state === "going" && this.turn === turn) this.upload.start();
    } catch (error) {
      this.#failed(error);
    }
  }

  async pause() {
    this.show("paused");
    await this.upload.abort();
    next();
  }

  async cancel() {
    const leftover = !["arrived", "refused"].includes(this.state);
    this.remove();
    if (!leftover) return;
    try {
      await this.upload.abort(true);
      announce(`${this.name} was cancelled.`);
    } catch {
      // What is left of it is removed when the link expires.
    }
  }

  refuse(why) {
    this.why = why;
    this.show("refused");
  }

  remove() {
    const isFocused = this.node.contains(document.activeElement);
    rows.delete(this);
    this.node.remove();
    if (isFocused) element("files").focus(); // else the keyboard would begin at the top again
    refresh();
    next();
  }

  #goesOn(error) {
    this.troubled = navigator.onLine && isPassing(error);
    this.show(this.state);
    return this.troubled;
  }

  #progressed(sent) {
    this.troubled = false;
    this.sent = sent;
    this.speed.add(sent);
    this.show(this.state);
  }

  #arrived() {
    this.show("arrived");
    remind();
    next();
  }

  #failed(error) {
    if (this.state !== "going") return;
    if (!navigator.onLine && isPassing(error)) return this.show("offline");
    this.why = reason(error);
    if (ENDED.has(statusOf(error))) return end(this.why);
    if (isPassing(error)) this.why += " Try again: it goes on where it stopped.";
    this.show("failed");
    next();
  }

  show(state) {
    const changed = this.state !== state;
    this.state = state;
    if (changed && state !== "going") this.speed.forget();
    if (changed && ["arrived", "failed", "refused"].includes(state)) announce(`${this.name}: ${this.facts}`);
    this.node.className = `row ${state === "refused" ? "failed" : state}`;
    this.node.querySelector(".facts").textContent = this.facts;
    this.node.querySelector("progress").value = state === "arrived" ? 1 : this.sent / (this.file.size || 1);
    this.node.querySelector("progress").hidden = state === "refused";
    const pause = this.node.querySelector(".pause");
    pause.hidden = !["queued", "going", "paused", "offline"].includes(state);
    this.#name(pause, state === "paused" ? "Resume" : "Pause");
    const again = this.node.querySelector(".again");
    again.hidden = state !== "failed";
    this.#name(again, "Try again");
    const cancel = this.node.querySelector(".cancel");
    this.#name(cancel, state === "refused" ? "Remove" : "Cancel");
    cancel.hidden = state === "arrived";
    refresh();
  }

  #name(button, words) {
    button.textContent = words;
    button.setAttribute("aria-label", `${words}: ${this.name}`);
  }

  get facts() {
    const size = megabytes(this.file.size);
    const done = `${megabytes(this.sent)} of ${size}`;
    switch (this.state) {
      case "queued":
        return `${size} · waits for its turn`;
      case "paused":
        return `${done} · paused`;
      case "offline":
        return `${done} · no network; goes on by itself when it is back`;
      case "failed":
        return `${done} · ${this.why}`;
      case "refused":
        return this.why;
      case "arrived":
        return `${size} · has arrived, and appears in your chat`;
      default:
        return [done, ...(this.troubled ? ["the connection is bad, trying again"] : this.#pace())].join(" · ");
    }
  }

  #pace() {
    const speed = this.speed.value;
    return speed > 0 ? [`${megabytes(speed)}/s`, `${duration((this.file.size - this.sent) / speed)} left`] : [];
  }
}

function statusOf(error) {
  return error.status ?? error.originalResponse?.getStatus() ?? 0;
}

/** What went wrong, as a sentence: our server's, where it said one. */
function reason(error) {
  if (error.status) return error.message;
  const answer = error.originalResponse;
  if (answer) return sentence(answer.getBody(), `The server answered ${answer.getStatus()}.`);
  return "The server cannot be reached. Look at your connection.";
}

/** Whether what went wrong may be well in a moment: no answer, a server in trouble, or busy. */
function isPassing(error) {
  const status = statusOf(error);
  return status === 0 || status >= 500 && status !== 507 || RETRIED.has(status);
}

function all(...states) {
  return [...rows].filter((row) => states.includes(row.state));
}

function next() {
  for (const row of all("queued").slice(0, Math.max(0, AT_ONCE - all("going").length))) row.start();
}

function refresh() {
  const busy = all("queued", "going", "paused", "offline", "failed").length > 0;
  element("done").disabled = busy || taking === null;
  stayAwake(all("queued", "going").length > 0);
}

/** Keep a phone from falling asleep in the middle of it. */
async function stayAwake(wanted) {
  if (!("wakeLock" in navigator)) return;
  if (wanted && awake === null && document.visibilityState === "visible") {
    awake = navigator.wakeLock.request("screen").catch(() => null);
    const lock = await awake;
    if (lock === null) awake = null;
    else lock.addEventListener("release", () => (awake = null));
  } else if (!wanted && awake !== null) {
    (await awake)?.release();
  }
}

function isSame(one, other) {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
}

function refusal(file) {
  if ([...rows].some((row) => row.state !== "refused" && isSame(row.file, file))) return "This file is in the list already.";
  if (file.size === 0) return "This file is empty, so it was not uploaded.";
  if (file.size > mostBytes) return `This file has ${megabytes(file.size)}; at most ${megabytes(mostBytes)} are taken. Make it shorter or smaller, and choose it again.`;
  if (file.type && !MEDIA.test(file.type) && !SUBTITLES.test(file.name)) return "This is no video, sound or picture, so it was not uploaded.";
  return "";
}

function add(files) {
  for (const file of files) {
    const why = refusal(file);
    const row = new Row(file);
    why ? row.refuse(why) : row.queue();
  }
  remind();
}

function listen() {
  const drop = element("drop");
  element("files").addEventListener("change", (event) => {
    add(event.target.files);
    event.target.value = "";
  });
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", type === "dragenter" || type === "dragover");
    });
  }
  document.addEventListener("drop", (event) => add(event.dataTransfer.files));
  window.addEventListener("online", () => all("offline").forEach((row) => row.queue()));
  window.addEventListener("beforeunload", (event) => {
    if (all("going", "queued").length) event.preventDefault();
  });
  element("done").addEventListener("click", async () => {
    try {
      await asked("/done", "POST");
      end("Thank you. Your files are in the chat, and this link is closed.");
    } catch (error) {
      announce(error.message);
    }
  });
}

/** Files of which a part arrived before the page was closed. */
async function unfinished() {
  const kept = await tus.defaultOptions.urlStorage.findAllUploads();
  return kept.filter((upload) => upload.uploadUrl?.startsWith(`${endpoint}/`));
}

/** Name the files of which a part arrived, and that were not chosen again. */
async function remind() {
  const kept = (await unfinished()).map((upload) => upload.metadata.filename);
  if (element("work").hidden) return;
  const names = kept.filter((name) => ![...rows].some((row) => row.file.name === name)).map(shown);
  element("notice").textContent = `Not finished yet: ${names.join(", ")}. Choose the same again, to go on where it stopped.`;
  element("notice").hidden = !names.length;
}

async function begin() {
  try {
    const { state } = JSON.parse(await asked("/state", "GET"));
    if (state === "taken") return end("This link is in use in another browser. Go on there, or ask for a new link in the chat.");
    if (state === "mine") taking = Promise.resolve();
  } catch (error) {
    return end(error.status ? error.message : "The server cannot be reached. Look at your connection, and load this page again.");
  }
  listen();
  element("work").hidden = false;
  refresh();
  await remind();
}

begin();
