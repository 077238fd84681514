/* Stories as files, with their media. */
import {loaded, send} from '../store/store.js';
import {uploadAll} from './uploads.js';

/** @type {(file: {name: string}) => boolean} */
export const isStoryFile = ({name}) => name.toLowerCase().endsWith('.zip');

/** Open a copy of the story in a file.
 * @param {File} file */
export async function openStoryFile(file) {
  await loaded;
  await uploadAll([file], ([sent]) => send('open_archive', {file: sent}));
}
