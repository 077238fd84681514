/* Two videos on one clock: they begin together, stay together, and begin anew together when the
   longer one has ended. The first is the clock; the second is slowed or hurried until it agrees. */
const EVEN_S = 0.015;  // apart by less than half a frame
const FAR_S = 0.3;     // too far to be hurried: it jumps
const HURRY = 0.15;    // at most, of the usual speed

/* `changed(playing)` is called whenever they begin to run or stand. */
export function players(videos, changed) {
  const [clock, other] = videos;
  let wanted = false;  // to run, whatever the videos do at the moment
  let moving = false;  // on the way back to the beginning

  const all = act => Promise.all(videos.map(act));
  const ended = () => videos.every(video => video.ended);

  function stand() {
    for (const video of videos) video.pause();
  }

  function want(playing) {
    wanted = playing;
    changed(playing);
  }

  async function run() {
    try {
      await all(video => (video.ended ? null : video.play()));
    } catch (error) {
      if (error.name === 'NotAllowedError') want(false);    // the browser waits for a press
      else if (error.name !== 'AbortError') throw error;    // that is a pause meanwhile
    }
  }

  /* To the beginning; over, too, when another clip takes this one's place meanwhile. */
  function seek(video) {
    return new Promise(done => {
      if (video.readyState === HTMLMediaElement.HAVE_NOTHING) {
        done();
        return;
      }
      video.addEventListener('seeked', done, {once: true});
      video.addEventListener('emptied', done, {once: true});
      video.currentTime = 0;
    });
  }

  async function restart() {
    if (moving) return;
    moving = true;
    stand();
    await all(seek);
    moving = false;
    if (wanted) await run();
  }

  function load(video, url) {
    return new Promise((done, fail) => {
      const over = new AbortController();
      const end = act => () => { over.abort(); act(); };
      const refused = () => fail(new Error('This browser cannot play one of the clips.'));
      video.addEventListener('canplay', end(done), {signal: over.signal});
      video.addEventListener('error', end(refused), {signal: over.signal});
      video.src = url;
      video.load();
    });
  }

  function keepTogether() {
    if (wanted && !moving && !videos.some(video => video.ended || video.seeking)) {
      const late = clock.currentTime - other.currentTime;
      if (Math.abs(late) > FAR_S) other.currentTime = clock.currentTime;
      const hurry = Math.max(-HURRY, Math.min(HURRY, late * 2));
      other.playbackRate = Math.abs(late) > EVEN_S ? 1 + hurry : 1;
    }
    requestAnimationFrame(keepTogether);
  }
  requestAnimationFrame(keepTogether);
  for (const video of videos) {
    video.addEventListener('ended', () => { if (ended()) restart(); });
  }

  return {
    /* Resolves when both can play; they stand at their beginning. */
    async show(urls) {
      want(false);
      stand();
      await all((video, i) => load(video, urls[i]));
    },
    async play() {
      want(true);
      await (ended() ? restart() : run());
    },
    pause() {
      want(false);
      stand();
    },
    toggle() {
      return wanted ? this.pause() : this.play();
    },
    restart,
  };
}
