/* Where the page begins, and its one global. Gradio makes the page's parts and hands each over here
   (app/page/layout.py); `storyboard` also has what a program that drives the page reaches for, as the
   browser tests and benchmarks do, and a console may. No other module reads it. */
import './kit/theme.js';
import {mountDisk} from './dialogs/disk.js';
import {mountExport} from './dialogs/export.js';
import {mountHelp} from './dialogs/help.js';
import {mountHistory} from './dialogs/history.js';
import {mountLooks} from './dialogs/looks.js';
import {mountModels} from './dialogs/models.js';
import {mountPrompts} from './dialogs/prompts.js';
import {mountRenders} from './dialogs/renders.js';
import {mountStories} from './dialogs/stories.js';
import {mountVersions} from './dialogs/versions.js';
import {mountHeader} from './header/header.js';
import {mountInspector} from './inspector/inspector.js';
import {openDialog} from './kit/dialog.js';
import {onTime, player} from './stage/player.js';
import {mountStage} from './stage/stage.js';
import {mountStatus} from './status/status.js';
import './store/address.js';
import './store/gradio_says.js';
import './store/pulse.js';
import {partAt, schedule} from './store/schedule.js';
import {
  clipsOf, onDraw, ownerOf, select, send, set, state, unsaved,
} from './store/store.js';
import {scale} from './timeline/scale.js';
import {mountTimeline} from './timeline/timeline.js';

window.storyboard = {
  mount: {
    header: mountHeader, stage: mountStage, inspector: mountInspector, timeline: mountTimeline,
    status: mountStatus, renders: mountRenders, export: mountExport, stories: mountStories,
    models: mountModels, versions: mountVersions, history: mountHistory, help: mountHelp,
    prompts: mountPrompts, disk: mountDisk, looks: mountLooks,
  },
  state, send, set, select, onDraw, unsaved, clipsOf, ownerOf, openDialog,
  schedule, partAt, player, onTime, scale,
};
