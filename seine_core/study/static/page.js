/* The rater's page: which screen is seen, and what keys and buttons do. */
import {outbox} from './outbox.js';
import {players} from './players.js';

const LOOK_MS = 400;  // before a pair can be answered, so that a double press answers one pair
const find = id => document.getElementById(id);
const SCREENS = ['intro', 'trial', 'finish'];
const videos = [...document.querySelectorAll('#clips video')];
const answers = [...document.querySelectorAll('.answer')];

let trials = [], rater = null, sender = null;
let ready = false;        // the clips are seen, and can be judged
let at = -1;              // the trial that is seen
const clips = new Map();  // by trial: a promise of the addresses of its two clips

const still = matchMedia('(prefers-reduced-motion: reduce)');
const duo = players(videos, playing => {
  find('pause').querySelector('span').textContent = playing ? 'Pause' : 'Play';
});

async function begin() {
  const answer = await ask('/api/session');
  if (!answer) return;
  for (const title of document.querySelectorAll('.question')) title.textContent = answer.question;
  enter(answer);
}

function enter(session) {
  rater = session.rater;
  if (!rater) {
    screen('intro');
    return;
  }
  trials = session.trials;
  sender = outbox(session.study, rater.number, tell);
  for (const trial of trials) {
    if (sender.waiting.has(trial.id)) trial.choice = sender.waiting.get(trial.id);
  }
  sender.send();
  next();
}

/* The server's JSON; null, with the reason shown, where there is none. */
async function ask(path, options) {
  try {
    const answer = await fetch(path, options);
    if (answer.ok) return await answer.json();
    say(await answer.text());
  } catch {
    say('The study cannot be reached. Is this computer online? Reload the page to try again.');
  }
  return null;
}

function say(text) {
  find('notice').textContent = text;
}

function tell({waiting, stuck, refused}) {
  if (refused) say(`An answer was refused: ${refused}`);
  else if (stuck) say(`Offline. ${count(waiting)} kept here and sent as soon as it works again.`);
  else if (!waiting) say('');
  finished();
}

function count(n) {
  return n === 1 ? '1 answer is' : `${n} answers are`;
}

function screen(name) {
  for (const each of SCREENS) find(each).hidden = each !== name;
}

function next() {
  at = trials.findIndex(trial => trial.choice === null);
  if (at < 0) {
    duo.pause();
    screen('finish');
    finished();
    find('thanks').focus();
    return;
  }
  const trial = trials[at];
  screen('trial');
  find('count').textContent = `${at + 1} of ${trials.length}`;
  find('bar').max = trials.length;
  find('bar').value = at;
  find('prompt').textContent = trial.prompt;
  for (const end of ['first', 'last']) {
    const image = find(end);
    image.parentElement.hidden = !trial[end];
    if (trial[end]) image.src = `/scenes/${trial.id}/${end}`;
  }
  find('about').hidden = !(trial.prompt || trial.first || trial.last);
  present(trial);
}

async function present(trial) {
  allow(false);
  find('fault').hidden = true;
  try {
    const urls = await fetched(trial);
    if (trials[at] !== trial) return;
    await duo.show(urls);
    const wide = Math.max(...videos.map(video => video.videoWidth / video.videoHeight));
    find('clips').style.setProperty('--ratio', wide);
  } catch (error) {
    if (trials[at] !== trial) return;
    clips.delete(trial);
    find('why').textContent = error.message;
    find('fault').hidden = false;
    return;
  }
  if (trials[at] !== trial) return;
  if (!still.matches) duo.play();
  setTimeout(() => { if (trials[at] === trial) allow(true); }, LOOK_MS);
  tidy();
}

/* Whole clips, so that nothing halts while they play, and a pair can be seen while offline. */
function fetched(trial) {
  if (!clips.has(trial)) {
    clips.set(trial, Promise.all(['left', 'right'].map(async side => {
      const answer = await fetch(`/clips/${trial.id}/${side}`).catch(() => null);
      if (!answer) throw new Error('The clips did not load. Is this computer online?');
      if (!answer.ok) throw new Error(await answer.text());
      return URL.createObjectURL(await answer.blob());
    })));
  }
  return clips.get(trial);
}

/* The next pair is fetched ahead; those before and behind it are let go. */
function tidy() {
  const ahead = trials.slice(at + 1).find(trial => trial.choice === null);
  if (ahead) fetched(ahead).catch(() => clips.delete(ahead));
  for (const [trial, urls] of clips) {
    if (trial === trials[at] || trial === ahead) continue;
    clips.delete(trial);
    urls.then(each => each.forEach(URL.revokeObjectURL), () => null);
  }
}

function allow(yes) {
  ready = yes;
  for (const button of answers) button.setAttribute('aria-disabled', String(!yes));
  find('undo').setAttribute('aria-disabled', String(at === 0));
}

function answer(choice) {
  if (!ready && choice !== 'skip') return;
  trials[at].choice = choice;
  sender.put(trials[at].id, choice);
  next();
}

function undo() {
  const last = at < 0 ? trials.length - 1 : at - 1;
  if (last < 0) return;
  trials[last].choice = null;
  sender.put(trials[last].id, null);
  next();
}

function finished() {
  if (at >= 0) return;
  find('thanks').textContent = rater.name ? `Thank you, ${rater.name}.` : 'Thank you.';
  const left = sender.waiting.size;
  find('another').hidden = left > 0;  // what waits is sent in the name of who is here
  find('kept').textContent = left
    ? `${count(left)} still to be sent; please keep this page open.`
    : 'That was the last pair. All your answers are kept; you can close this page.';
}

async function join(name) {
  // After the #, where no server on the way writes it into a log.
  const invitation = location.hash.slice(1);
  const body = JSON.stringify({name, invitation});
  const session = await ask('/api/raters', {method: 'POST', body});
  if (!session) return;
  history.replaceState(null, '', location.pathname);
  say('');
  enter(session);
}

const KEYS = {
  ArrowLeft: () => answer('left'), 1: () => answer('left'),
  ArrowRight: () => answer('right'), 2: () => answer('right'),
  ArrowDown: () => answer('tie'), s: () => answer('skip'),
  ' ': () => duo.toggle(), r: () => duo.restart(), z: undo,
};
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || !find('intro').hidden) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const act = find('trial').hidden && key !== 'z' ? null : KEYS[key];
  const presses = event.key === ' ' && event.target.closest('button');  // what has the focus
  if (!act || presses) return;
  event.preventDefault();
  if (!event.repeat) act();
});

function onPress(button, act) {
  button.addEventListener('click', event => {
    if (event.detail) button.blur();  // pressed by a pointer: the keys are for the clips again
    act();
  });
}
for (const button of answers) onPress(button, () => answer(button.dataset.choice));
onPress(find('skip'), () => answer('skip'));
onPress(find('undo'), undo);
onPress(find('back'), undo);
onPress(find('pause'), () => duo.toggle());
onPress(find('restart'), () => duo.restart());
onPress(find('again'), () => present(trials[at]));
onPress(find('another'), () => { find('name').value = ''; screen('intro'); });
find('join').addEventListener('submit', event => {
  event.preventDefault();
  join(find('name').value);
});
addEventListener('online', () => { if (!find('fault').hidden) present(trials[at]); });
for (const end of ['first', 'last']) {
  find(end).addEventListener('error', event => { event.target.parentElement.hidden = true; });
}

begin();
