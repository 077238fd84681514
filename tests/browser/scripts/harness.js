/* What the tests of the page's scripts are made with. Each runs in a page of its own, so that the
   modules begin anew. */
const known = new Map();

export const test = (name, run) => known.set(name, run);

export async function run(name) {
  localStorage.clear();
  await known.get(name)();
}

export function equal(actual, expected) {
  const [a, b] = [actual, expected].map(value => JSON.stringify(value, null, 1));
  if (a !== b) throw new Error(`received ${a}, expected ${b}`);
}

/* Time that passes only when it is told to; frames come 60 times a second. */
export function fakeClock() {
  let now = 0, last = 0;
  const due = new Map();
  const later = (act, ms = 0) => {
    due.set(++last, {at: now + ms, act});
    return last;
  };
  Object.assign(window, {
    setTimeout: later, clearTimeout: id => due.delete(id),
    requestAnimationFrame: act => later(() => act(now), 1000 / 60),
    cancelAnimationFrame: id => due.delete(id),
  });
  performance.now = () => now;
  return {
    pass(ms) {
      const end = now + ms;
      for (;;) {
        const [id, next] = [...due].reduce(
          (first, other) => (other[1].at < first[1].at ? other : first), [0, {at: Infinity}]);
        if (next.at > end) break;
        now = next.at;
        due.delete(id);
        next.act();
      }
      now = end;
    },
  };
}

/* Let what waits for promises go on. */
export const settle = async () => { for (let i = 0; i < 20; i++) await null; };

const usual = {
  prompt: '', negative_prompt: '', camera: 'auto', strength: 1, seed: 0, engine: 'auto', takes: [],
  present: -1,
};
export const NEW_EDGE = {...usual, style: 'auto', duration_s: 1, suggestion: ''};

/* A story of title cards, `lengths` seconds each, with transitions of `between`: cards need no
   picture. The shots are named a, b, c … */
export function storyOf(lengths, {between = 1, fps = 10, ...rest} = {}) {
  const shots = lengths.map((duration_s, i) => ({
    ...usual, id: 'abcdefgh'[i], kind: 'card', title: '', captions: [], fit: null,
    focus: [0.5, 0.5], framing: null, past_end: 'extend', colour: '#204060', duration_s,
  }));
  const edges = shots.slice(1).map(({id: right}, i) => ({
    ...NEW_EDGE, owner: `${shots[i].id}>${right}`, left: shots[i].id, right,
    duration_s: between, prompt: `to ${right}`,
  }));
  return {
    story: 'one', rev: 1, ack: 0, title: 'Before', engines: [], shots, edges, tracks: [],
    new_edges: {duration_s: 1, style: 'auto', engine: 'auto'},
    shots_channel: {volume: 1, muted: false, duck_db: 0}, markers: [], mix: 'mix/one', subtitles: {},
    settings: {
      width: 64, height: 36, fps, fit: 'cover', quality: 'final', fade_in_s: 0, fade_out_s: 0,
    },
    ...rest,
  };
}

export const CATALOGUE = {
  new_edge: NEW_EDGE, max_upload: 1e6, engines: [], media: '.png,.mp4', sounds: '.mp3', subtitles: '.srt', samples: [],
};
