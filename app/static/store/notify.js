/* A word from the browser when an export is over while the page is out of sight. */
import {onDraw} from './store.js';

const KEY = 'storyboard-notify';

export const canNotify = 'Notification' in window;
export const notifies = () => canNotify && Notification.permission === 'granted'
  && localStorage.getItem(KEY) === 'yes';

/** Whether to; the browser asks its user once.
 * @param {boolean} on */
export async function setNotify(on) {
  const granted = on && await Notification.requestPermission() === 'granted';
  localStorage.setItem(KEY, granted ? 'yes' : 'no');
}

/** Exports under way, by number: of which story. @type {Map<string, string>} */
const underWay = new Map();

onDraw(({story, progress: {jobs = [], others = []}}) => {
  const now = [...jobs.map(job => ({title: story.title, job})), ...others]
    .filter(({job}) => job.kind === 'story');
  for (const {title, job} of now) if (job.busy) underWay.set(job.id, title);
  for (const [id, title] of underWay) {
    const found = now.find(({job}) => job.id === id);
    if (found && found.job.busy) continue;
    underWay.delete(id);
    // Of another story's all that is seen is that it is gone.
    if (document.hidden && notifies()) say(title, found ? found.job : null);
  }
});

/** @type {(title: string, job: Job | null) => void} */
function say(title, job) {
  const words = !job ? 'The render is over.' : job.state === 'done' ? 'The film is ready.'
    : job.message || 'The render failed.';
  const note = new Notification(title || 'Untitled story', {body: words, tag: 'storyboard'});
  note.addEventListener('click', () => window.focus());
}
