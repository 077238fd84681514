/* The outbox: commands on their way to the server. One batch is under way at a time and the rest
   waits in order, so that no edit is dropped and none overtakes another. */

/* How long an answer may take before it is asked for again, each time longer: Gradio loses one now
   and then, when its stream of answers closes as a question leaves. */
const ANSWER_MS = [3000, 6000, 12000, 20000];
const MOST = 200;  // commands of one batch, as the server takes them

/**
 * `left`: batches of an earlier page that nobody answered; each is sent when its story is open.
 * `heard` is told whenever the server is late for the third time, and when it answers again.
 * @param {{tab: string, left: Batch[], heard: (lost: boolean) => void}} given
 */
export function makeOutbox({tab, left, heard}) {
  /** @type {((batch: Batch) => void) | null} */
  let transmit = null;
  /** @type {{story: string, rev: number} | null} */
  let at = null;
  /** @type {Batch | null} */
  let inFlight = null;
  /** @type {Command[]} */
  let box = [];
  let seq = 0, acked = 0, timer = 0, tries = 0;
  /** Who waits for what is in the box, in flight, and answered while more was in the box.
      @type {(() => void)[]} */
  let waiting = [];
  /** @type {(() => void)[]} */
  let asked = [];
  /** @type {(() => void)[]} */
  let answered = [];

  /** Send a command after all before it; resolves when the story has come back with this done, or
      refused.
   * @param {Command} command
   * @returns {Promise<void>} */
  function add(command) {
    box.push(command);
    const done = new Promise(resolve => { waiting.push(() => resolve(undefined)); });
    pump();
    return done;
  }

  function pump() {
    if (inFlight || !at || !transmit) return;
    const {story, rev} = at;
    const old = left.find(batch => batch.story === story);
    left = left.filter(batch => batch !== old);
    if (old) inFlight = {...old, rev};
    else if (box.length) {
      inFlight = {seq: ++seq, tab, story, rev, ops: box.splice(0, MOST)};
      asked = waiting.splice(0, MOST);
    } else return;
    tries = 0;
    post();
  }

  function post() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // Sent again as it was: the server does nothing twice.
      tries += 1;
      heard(tries > 2);
      post();
    }, ANSWER_MS[Math.min(tries, ANSWER_MS.length - 1)]);
    if (transmit && inFlight) transmit(inFlight);
  }

  /** An answer has come: 'old' where a later one was here before, 'more' where commands wait that
      its story knows nothing of, and else 'latest'.
   * @param {{ack?: number, story: string, rev: number}} view
   * @returns {'old' | 'more' | 'latest'} */
  function answer({ack, story, rev}) {
    if (inFlight && ack === inFlight.seq - 1) {  // it is still at work: a large file, say
      tries = 0;
      heard(false);
      return 'old';
    }
    // What was asked twice is answered twice; by the second time the story may be further on.
    if (inFlight ? ack !== inFlight.seq : ack && ack < acked) return 'old';
    if (inFlight) {
      acked = inFlight.seq;
      inFlight = null;
      answered.push(...asked.splice(0));
      heard(false);
      clearTimeout(timer);
    }
    const same = at !== null && at.story === story;
    at = {story, rev};
    if (box.length && same) {
      pump();
      return 'more';
    }
    box = [];
    answered.push(...waiting.splice(0));
    return 'latest';
  }

  return {
    add, answer,
    /** The latest story is in place: who waited for it goes on, and so does the next batch. */
    release() {
      for (const resolve of answered.splice(0)) resolve();
      pump();
    },
    /** @param {(batch: Batch) => void} post */
    connect(post) {
      transmit = post;
      pump();
    },
    get quiet() { return !inFlight && !box.length; },
    get rev() { return at ? at.rev : 0; },
    /** What is unanswered, for the next page to send.
     * @returns {Batch[]} */
    unanswered() {
      const next = box.length && at ? [{seq: seq + 1, tab, ...at, ops: box}] : [];
      return [...(inFlight ? [inFlight] : []), ...next];
    },
  };
}
