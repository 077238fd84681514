/* How loud what is played is, left and right, beside the controls of the player. */
import {h} from '../kit/dom.js';
import {player} from './player.js';

const FLOOR_DB = -48, FALL_DB = 0.7;  // the lowest that is shown, and how fast it falls, a picture

export function meter() {
  const bars = [h('i'), h('i')];
  const element = h('span', {class: 'sb-meter', 'aria-hidden': 'true', title: 'Level'}, ...bars);
  const shown = [FLOOR_DB, FLOOR_DB];
  let samples = new Float32Array(2048), timer = 0;

  /** The highest of the last moment, decibels below full scale.
   * @param {AnalyserNode} analyser */
  function level(analyser) {
    if (samples.length !== analyser.fftSize) samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    let most = 0;
    for (const sample of samples) most = Math.max(most, Math.abs(sample));
    return 20 * Math.log10(most + 1e-9);
  }

  function draw() {
    timer = 0;
    player.sound.analysers.forEach((analyser, side) => {
      shown[side] = Math.max(FLOOR_DB, level(analyser), shown[side] - FALL_DB);
      bars[side].style.transform = `scaleX(${1 - shown[side] / FLOOR_DB})`;
      bars[side].classList.toggle('sb-over-full', shown[side] > -0.1);
    });
    if (player.sound.sounding || shown.some(db => db > FLOOR_DB)) go();
  }

  function go() {
    if (!timer) timer = requestAnimationFrame(draw);
  }
  return {element, go};
}
