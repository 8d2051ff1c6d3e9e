// Progress on the waveform, and a click on it seeks. The page works without: the browser's own controls play.
"use strict";
const player = document.querySelector("[data-player]");
if (player) {
  const audio = player.querySelector("audio");
  const waveform = player.querySelector("svg");
  const lit = player.querySelector("#played rect");
  const width = waveform.viewBox.baseVal.width;

  const show = () => {
    const share = audio.duration > 0 ? audio.currentTime / audio.duration : 0;
    lit.setAttribute("width", String(share * width));
  };
  const follow = () => {
    show();
    if (!audio.paused) requestAnimationFrame(follow);
  };
  for (const name of ["timeupdate", "seeking", "loadedmetadata"]) audio.addEventListener(name, show);
  audio.addEventListener("play", follow);
  waveform.addEventListener("click", (event) => {
    if (!Number.isFinite(audio.duration)) return;
    const box = waveform.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    audio.currentTime = share * audio.duration;
  });
  player.classList.add("seekable");
}
