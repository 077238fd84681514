/* A voice-over from the microphone: the story plays mute meanwhile, and what was said lies on a voice
   track from where the playhead was, moving with the shot that it began in. */
import {attr, button, put} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {seconds} from '../kit/words.js';
import {partAt} from '../store/schedule.js';
import {onDraw, set, state} from '../store/store.js';
import {onTime, player} from '../stage/player.js';

/** What a browser may record as; the first that it knows is taken. */
const TYPES = [['audio/webm;codecs=opus', 'webm'], ['audio/ogg;codecs=opus', 'ogg'], ['audio/mp4', 'm4a']];
const SHORTEST_S = 0.2;  // less than that was a slip

/** @param {Line} line */
export function recorder(line) {
  /** @type {{recorder: MediaRecorder, stream: MediaStream, parts: Blob[], at: number,
   *   began: number, ending: string} | null} */
  let now = null;
  let problem = '', asking = false;

  const element = button('Record a voice', {image: 'voice', kind: 'quiet', action: () => (
    now ? stop() : start())});
  const says = document.createElement('span');
  says.className = 'sb-recording-problem';
  says.setAttribute('role', 'status');

  async function start() {
    if (asking) return;
    problem = '';
    asking = true;
    try {
      if (!navigator.mediaDevices || !window.MediaRecorder) {
        throw new Error('this browser records only from a page with https or on this machine');
      }
      const stream = await navigator.mediaDevices.getUserMedia({audio: true});
      const [type, ending] = TYPES.find(([one]) => MediaRecorder.isTypeSupported(one)) || ['', 'webm'];
      const made = new MediaRecorder(stream, type ? {mimeType: type} : {});
      const at = player.time;
      now = {recorder: made, stream, parts: [], at, began: performance.now(), ending};
      made.addEventListener('dataavailable', ({data}) => now && now.parts.push(data));
      made.addEventListener('start', () => {
        if (now) now.began = performance.now();
        player.sound.hush(true);
        set({view: 'story'});
        player.play();
      });
      made.addEventListener('stop', finish);
      made.start(1000);
    } catch (error) {
      const {name, message} = /** @type {Error} */ (error);
      problem = name === 'NotAllowedError' ? 'The browser was not allowed to use the microphone'
        : name === 'NotFoundError' ? 'There is no microphone' : `It cannot be recorded: ${message}`;
    } finally {
      asking = false;
      set({});
    }
  }

  function stop() {
    if (now && now.recorder.state !== 'inactive') now.recorder.stop();
  }

  async function finish() {
    const {stream, parts, at, began, ending, recorder: made} = now;
    const lasted = (performance.now() - began) / 1000;
    for (const track of stream.getTracks()) track.stop();
    now = null;
    player.pause();
    player.sound.hush(false);
    set({});
    if (lasted < SHORTEST_S || !parts.length) return;
    const part = partAt(at), anchor = part && part.kind === 'shot' ? part.owner : null;
    const file = new File(parts, `Voice.${ending}`, {type: made.mimeType});
    await line.addSounds([file], {start_s: at, kind: 'voice', anchor});
  }

  onTime(time => {
    if (!now) return;
    if (!player.playing && time > now.at + SHORTEST_S) stop();  // the film is over, or was stopped
    draw();
  });

  function draw() {
    if (!state.story) return;
    const label = now ? `Stop recording, ${seconds(Math.max(0, player.time - now.at))}` : 'Record a voice';
    put(element.lastChild, 'textContent', label);
    attr(element, 'aria-pressed', now ? 'true' : null);
    const image = now ? 'record' : 'voice';
    if (element.dataset.sign !== image) {
      element.dataset.sign = image;
      element.firstChild.replaceWith(icon(image));
    }
    put(element, 'hidden', !state.story.shots.length);
    put(says, 'textContent', problem);
  }
  onDraw(draw);
  return [element, says];
}
