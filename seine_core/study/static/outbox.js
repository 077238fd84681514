/* Answers on their way to the server. They are kept in the browser until the server has them, so
   that neither a lost connection nor a closed page loses one. */
const PATIENCE_MS = 15000;
const LONGEST_WAIT_MS = 15000;

/* `changed({waiting, stuck, refused})`: how many are not there yet, whether the last attempt failed,
   and what the server said to an answer it will never take. */
export function outbox(study, rater, changed) {
  const key = `study-${study}-${rater}`;
  const waiting = new Map(JSON.parse(localStorage.getItem(key) || '[]'));
  let sending = false, wait = 1000, timer = 0;

  function keep() {
    localStorage.setItem(key, JSON.stringify([...waiting]));
  }

  async function post(trial, choice) {
    try {
      const body = JSON.stringify({trial, choice});
      const signal = AbortSignal.timeout(PATIENCE_MS);
      return await fetch('/api/votes', {method: 'POST', body, signal});
    } catch {
      return null;  // offline, or the server is down
    }
  }

  async function send() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    while (waiting.size) {
      const [trial, choice] = waiting.entries().next().value;
      const answer = await post(trial, choice);
      // 408 and 429 ask to try again; what else is refused stays so.
      if (!answer || answer.status >= 500 || [408, 429].includes(answer.status)) {
        timer = setTimeout(send, wait);
        wait = Math.min(2 * wait, LONGEST_WAIT_MS);
        changed({waiting: waiting.size, stuck: true});
        break;
      }
      wait = 1000;
      if (waiting.get(trial) === choice) waiting.delete(trial);
      keep();
      const refused = answer.ok ? '' : await answer.text();
      changed({waiting: waiting.size, stuck: false, refused});
    }
    sending = false;
  }
  addEventListener('online', send);

  return {
    waiting,
    send,
    /* The answer to a trial; null takes it back. */
    put(trial, choice) {
      waiting.set(trial, choice);
      keep();
      send();
    },
  };
}
