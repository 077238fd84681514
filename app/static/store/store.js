/* What all parts of the page share: the story as the server last gave it, what is selected here,
   and the outbox. An edit is a command; one batch is on its way at a time and the rest waits in
   order, so that no edit is dropped and none overtakes another. */
window.storyboard = (() => {
  /* How long an answer may take before it is asked for again, each time longer: Gradio loses one now
     and then, when its stream of answers closes as a question leaves. */
  const ANSWER_MS = [3000, 6000, 12000, 20000];
  const LEFT = 'storyboard-unanswered';
  const tab = [...crypto.getRandomValues(new Uint8Array(12))]
    .map(byte => byte.toString(16).padStart(2, '0')).join('');
  const drawers = new Set();
  let anchor = null;  // where a range of shots begins
  const state = {
    story: null, progress: {}, catalogue: null,
    selected: null,      // {kind: 'shot', id} or {kind: 'edge', owner}
    picked: [],          // the shots that are selected together, the selected one among them
    pending: [],         // files on their way to become shots
    panel: 'selection',  // what the inspector shows: selection, story or quality
    take: null,          // {owner, index} of a take that is looked at in place of the present one
    captioning: null,    // the id of a new title card, whose words come next
    view: 'story',       // what the stage shows: selection, story or video
    format: 'mp4', lost: false,
  };

  let transmit = null;
  let seq = 0, acked = 0, rev = 0, inFlight = null, box = [], timer = 0, tries = 0;
  let waiting = [], asked = [], answered = [];  // who waits for what is in the box, in flight, done
  let left = JSON.parse(sessionStorage.getItem(LEFT) || '[]');
  sessionStorage.removeItem(LEFT);

  /* Resolves when the story has come back with this done, or refused. */
  function send(op, fields = {}) {
    const command = {op, ...fields};
    box.push(command);
    if (state.story) {
      const before = {...state.story};
      storyboard.foresee(command);
      reselect(before, state.story);
    }
    const done = new Promise(resolve => waiting.push(resolve));
    pump();
    draw();
    return done;
  }

  function pump() {
    if (inFlight || !state.story || !transmit) return;
    const old = left.find(batch => batch.story === state.story.story);
    left = left.filter(batch => batch !== old);
    if (old) inFlight = {...old, rev};
    else if (box.length) {
      inFlight = {seq: ++seq, tab, story: state.story.story, rev, ops: box.splice(0, 200)};
      asked = waiting.splice(0, 200);
    } else return;
    tries = 0;
    post();
  }

  function post() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // Sent again as it was: the server does nothing twice.
      tries += 1;
      state.lost = tries > 2;
      draw();
      post();
    }, ANSWER_MS[Math.min(tries, ANSWER_MS.length - 1)]);
    transmit(inFlight);
  }

  /* What is unanswered when the page goes away, by a reload or since the server came back, is sent
     by the next one under its old number: what was done already is not done twice. */
  window.addEventListener('pagehide', () => {
    if (document.activeElement) document.activeElement.blur();  // what is being typed, too
    const waiting = box.length && state.story
      ? [{seq: seq + 1, tab, story: state.story.story, ops: box}] : [];
    const unanswered = [...(inFlight ? [inFlight] : []), ...waiting];
    if (unanswered.length) sessionStorage.setItem(LEFT, JSON.stringify(unanswered));
  });

  function accept(view) {
    if (!view || !view.story) return;
    // What was asked twice is answered twice; by the second time the story may be further on.
    if (inFlight ? view.ack !== inFlight.seq : view.ack && view.ack < acked) return;
    if (inFlight) {
      acked = inFlight.seq;
      inFlight = null;
      answered.push(...asked.splice(0));
      state.lost = false;
      clearTimeout(timer);
    }
    rev = view.rev;
    if (box.length && state.story && state.story.story === view.story) return pump();
    box = [];
    answered.push(...waiting.splice(0));
    const before = state.story;
    state.story = view;
    // Weights may have come in since the page was opened.
    if (state.catalogue) state.catalogue.engines = view.engines;
    reselect(before, view);
    for (const resolve of answered.splice(0)) resolve();
    pump();
    draw();
  }

  function reselect(before, view) {
    if (!before || before.story !== view.story) {
      try {
        state.selected = JSON.parse(sessionStorage.getItem(`selected-${view.story}`));
      } catch { state.selected = null; }
      if (before) Object.assign(state, {view: 'story', panel: 'selection'});
    }
    state.picked = state.picked.filter(shot);
    if (state.selected && item(state.selected)) {
      if (!state.picked.length) state.picked = alone(state.selected);
      return;
    }
    // What was selected is gone: its neighbour is next.
    const id = state.selected ? owner(state.selected).split('>')[0] : '';
    const gone = before ? before.shots.findIndex(s => s.id === id) : 0;
    const next = view.shots[Math.min(Math.max(gone, 0), view.shots.length - 1)];
    state.selected = next ? {kind: 'shot', id: next.id} : null;
    state.picked = alone(state.selected);
  }

  function follow(progress) {
    if (!progress || !progress.states) return;
    const before = state.progress.job;
    state.progress = progress;
    // Something other than a command has changed the story.
    if (state.story && progress.story === state.story.story && progress.rev > rev && quiet()) {
      send('sync');
    }
    const job = progress.job;
    if (before && before.busy && job && job.id === before.id && job.state === 'done') {
      if (job.kind === 'story') state.view = 'video';
    }
    draw();
  }

  const alone = what => (what && what.kind === 'shot' ? [what.id] : []);

  function select(what, picked = alone(what), panel = 'selection') {
    if (picked.length < 2) anchor = picked[0];
    Object.assign(state, {
      selected: what, picked, panel, view: 'selection', take: null,
    });
    if (state.story) {
      sessionStorage.setItem(`selected-${state.story.story}`, JSON.stringify(what));
    }
    drawNow();
  }

  /* Pick a shot too, or no longer; with `range`, all from the one that was last picked alone. */
  function pick(id, {range = false} = {}) {
    const ids = state.story.shots.map(s => s.id);
    const [from, to] = [Math.max(0, ids.indexOf(anchor)), ids.indexOf(id)];
    const picked = range ? ids.slice(Math.min(from, to), Math.max(from, to) + 1)
      : ids.filter(other => state.picked.includes(other) !== (other === id));
    if (!range) anchor = id;
    if (!picked.length) return;  // the last one stays
    select({kind: 'shot', id: picked.includes(id) ? id : picked[picked.length - 1]}, picked);
  }

  function set(changes) {
    Object.assign(state, changes);
    drawNow();
  }

  let scheduled = 0;
  function draw() {
    if (held) owed = true;
    else if (!scheduled) scheduled = requestAnimationFrame(drawNow);
  }

  /* Leaving a field by a press saves it, and what is drawn then could move what was pressed away
     from under the pointer: it waits for the release and its click, if they come within a second. */
  let held = 0, owed = false;
  window.addEventListener('pointerdown', ({button}) => {
    if (button) return;
    clearTimeout(held);
    held = setTimeout(release, 1000);
    cancelAnimationFrame(scheduled);
    owed = owed || Boolean(scheduled);
    scheduled = 0;
  }, true);
  for (const type of ['pointerup', 'pointercancel']) {
    window.addEventListener(type, () => setTimeout(release), true);
  }
  function release() {
    clearTimeout(held);
    held = 0;
    if (owed) drawNow();
  }

  /* What the user chose is there before their next key or click. */
  function drawNow() {
    cancelAnimationFrame(scheduled);
    scheduled = 0;
    owed = false;
    if (state.story) for (const drawer of drawers) drawer(state);
  }

  const shot = id => state.story.shots.find(s => s.id === id);
  const edge = owner => state.story.edges.find(e => e.owner === owner);
  const item = what => (what.kind === 'shot' ? shot(what.id) : edge(what.owner));
  const owner = what => (what.kind === 'shot' ? what.id : what.owner);

  /* {state, percent, reason} of a shot or an edge; a cut has a state of its own. */
  function standing(name) {
    const known = (state.progress.states || {})[name];
    if (known) return known;
    const joint = edge(name);
    if (joint && joint.duration_s * state.story.settings.fps < 0.5) return {state: 'cut'};
    return {state: 'stale'};
  }

  /* Why a shot or an edge cannot even be tried: other failures belong to a job. */
  function refusalOf(name) {
    const {state: now, job, reason} = standing(name);
    return now === 'failed' && !job ? reason : '';
  }

  /* What can be played of a shot or an edge, [{url, frames}]: of the take that is looked at, else as
     it is made now. */
  function clips(name) {
    const {take, progress, story} = state;
    if (progress.story !== story.story) return [];
    const looked = take && take.owner === name && ((progress.takes || {})[name] || [])[take.index];
    return looked ? looked.clips : (progress.clips || {})[name] || [];
  }
  const quiet = () => !inFlight && !box.length;

  // Another tab may have edited the story meanwhile.
  window.addEventListener('focus', () => state.story && quiet() && send('sync'));

  return {
    state, send, select, pick, set, shot, edge, item, owner, standing, refusalOf, clips, accept, follow,
    unsaved: () => !quiet(),
    onDraw: drawer => { drawers.add(drawer); draw(); },
    connect: post => { transmit = post; pump(); },
    upload: null,  // set by the part that Gradio lets upload files
  };
})();
