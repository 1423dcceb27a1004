// Keeps the page on this device, so that it opens without the server.
//
// The page says what it is made of (see page_keeper.rs); the worker stores that and answers whether all of it is stored.
// The invariant: a stored page never names a file that is not stored. So the page is stored last, and only if it names
// every script, style and wasm file that was listed. The model is not the worker's: the page keeps it by itself.
"use strict";

// Raise the number when what is stored, or how, changes.
const CACHE = "segue-page-2";
const PAGE = new URL("./", self.location).href;
const API = new URL("./api/", self.location).pathname;
const NETWORK_PATIENCE_MS = 4000;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("segue-page-") && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  const [port] = event.ports;
  if (!port || !Array.isArray(event.data)) return;
  event.waitUntil(keep(event.data).then((kept) => port.postMessage(kept), () => port.postMessage(false)));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const isOurs = url.origin === self.location.origin && !url.pathname.startsWith(API);
  if (request.method !== "GET" || !isOurs) return;
  if (request.mode === "navigate") {
    event.respondWith(page(request));
  } else {
    event.respondWith(caches.open(CACHE).then((cache) => file(cache, request, url)));
  }
});

// The newest page, or the stored one when the network has none.
async function page(request) {
  const stored = await (await caches.open(CACHE)).match(PAGE);
  if (!stored) return fetch(request);
  const given_up = new Promise((resolve) => setTimeout(resolve, NETWORK_PATIENCE_MS, stored));
  const fetched = fetch(request).then((response) => (response.status >= 500 ? stored : response), () => stored);
  return Promise.race([fetched, given_up]);
}

// Files with a hash in their name never change; others are asked for first.
async function file(cache, request, url) {
  const stored = await cache.match(request);
  if (!stored) return fetch(request);
  if (isHashed(url.pathname)) return stored;
  return fetch(request).then((response) => (response.ok ? response : stored), () => stored);
}

async function keep(addresses) {
  const cache = await caches.open(CACHE);
  const listed = addresses.map((address) => new URL(address)).filter((url) => url.origin === self.location.origin);
  const hashed = listed.filter((url) => isHashed(url.pathname));
  await Promise.all(listed.map(async (url) => {
    if (isHashed(url.pathname) && (await cache.match(url.href))) return;
    await cache.add(url.href).catch(async (error) => {
      if (!(await cache.match(url.href))) throw error;
    });
  }));

  // A hash is in the names of all parts of the program, those too that the page does not name because they come later.
  const names = (text) => hashed.every((url) => text.includes(hash(url.pathname)));
  const fetched = await fetch(PAGE, { cache: "no-cache" }).catch(() => null);
  if (fetched && fetched.ok && names(await fetched.clone().text())) {
    await cache.put(PAGE, fetched);
  }
  const stored = await cache.match(PAGE);
  if (!stored || !names(await stored.text())) return false;

  // What earlier versions of the page needed is needed no more.
  const needed = new Set([PAGE, ...listed.map((url) => url.href)]);
  for (const request of await cache.keys()) {
    if (!needed.has(request.url)) await cache.delete(request);
  }
  return true;
}

function isHashed(path) {
  return hash(path) !== undefined;
}

// The hash of its content in a file's name: segue-app-5f0c1f2d3e4a5b6c_bg.wasm.
function hash(path) {
  return /[-.]([0-9a-f]{12,})[-_.]/.exec(path)?.[1];
}
