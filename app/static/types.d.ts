/* What the server sends, as app/page/view.py and its neighbours make it, and what the parts of the page
   hand each other. Nothing here runs: `make lint` holds the scripts to it. */

/* Messages of the server ------------------------------------------------------------------- */

/** A story (story_view). */
interface Story {
  answer: number;  // of two messages, whichever comes first, the one with the larger is the later
  story: string;  // its name in this workspace
  rev: number;
  ack?: number;  // the number of the batch that this answers
  title: string;
  sample: boolean;  // it is looked at, and becomes the visitor's own by their first edit
  problem: string;  // why it is not saved
  undo: boolean;
  redo: boolean;
  engines: Engine[];
  revision: string;  // where its pulse is asked for
  scores: string;  // and its scores
  history: string;  // and its earlier versions
  sizes: string;  // and how large an export of it will be
  shots: Shot[];
  edges: Edge[];  // between each two shots, in order
  new_edges: NewEdges;  // how edges are that nobody has set
  template: string | null;  // what new pictures become
  settings: Settings;
  shots_channel: Channel;
  tracks: Track[];
  markers: Marker[];
  mix: string;  // where what the film sounds like is asked for
  total_s: number;
  subtitles: Record<string, string>;  // where its captions are to be had, by kind of file
  elsewhere?: Versions | null;  // what something else has written to its file
  messages?: string[];  // what went wrong with the commands that this answers
}

/** What an engine is asked for; takes have no more. */
interface Asked {
  prompt: string;
  negative_prompt: string;
  duration_s: number;
  camera: string;
  strength: number;
  style?: string;  // of a transition
  seed: number;
  engine: string;
}

interface Part extends Asked {
  takes: Asked[];
  present: number;  // which of the takes it is made as; -1 for none
}

/** A part of the frame around a place, enlarged to fill it. */
interface Framing {
  x: number;
  y: number;
  zoom: number;
}

/** Words over a shot. */
interface Caption {
  text: string;
  place: 'bottom' | 'centre';
  style: 'auto' | 'plain' | 'outline' | 'shadow' | 'box' | 'band' | 'headline' | 'lower-third';
  size: number;  // times what is usual in its place
  weight: number | null;  // null: as is usual in its style
  colour: string;
  ground: string | null;  // null: darkness
  align: 'left' | 'centre' | 'right';
  at: [number, number] | null;  // its left end, middle or right end, as it is aligned
  from_s: number;
  to_s: number | null;  // null: to the shot's end
  fade_s: number;
  lettering?: string;  // as the film shows it, on nothing
  unwritable?: string;  // why it cannot be shown, or what of it
}

interface Shot extends Part {
  id: string;
  kind: 'image' | 'video' | 'card';
  title: string;
  captions: Caption[];
  fit: string | null;
  focus: [number, number] | null;  // null: as the server finds it
  framing: [Framing, Framing] | null;  // of a picture: what is seen first and last
  turn: number;  // degrees clockwise
  flip_horizontal: boolean;
  flip_vertical: boolean;
  past_end: 'extend' | 'loop';
  sound: ShotSound;
  narration: string;
  label: Label | null;
  heard?: {peaks: string, from_s: number, again_s: number};  // the sound that its video has
  thumb?: string;
  picture?: string;
  crop?: string;  // where the automatic crop of its picture is asked for
  colour?: string;  // of a card
  video_s?: number;  // how much of the shot its video can fill
  footage?: Footage;  // of a video
  missing?: string;
}

/** What a shot shows of its video's file, seconds; `end`: to its very end. Where it repeats, it begins
    `into_s` later. Single frames are asked for from `frames` with `?at_ms=`; `file` is all of it, where
    a browser may play it. */
interface Footage {
  file_s: number;
  in_s: number;
  out_s: number;
  into_s: number;
  end: boolean;
  speed: number;
  reverse: boolean;
  freeze: boolean;
  frames: string;
  file?: string;
}

type Label = 'red' | 'orange' | 'yellow' | 'green' | 'blue' | 'purple';

/** A named moment. */
interface Marker {
  id: string;
  title: string;
  anchor: string | null;  // the shot that it moves with
  at_s: number;  // after the start of the film, or of that shot
}

/** A transition. */
interface Edge extends Part {
  owner: string;  // left>right
  left: string;
  right: string;
  style: string;
  suggestion: string;
}

/** A transition as a new one is, of any two shots. */
interface NewEdge extends Asked {
  left: string;
  right: string;
  style: string;
  takes: Asked[];
}

interface NewEdges {
  duration_s: number;
  style: string;
  engine: string;
}

interface Settings {
  width: number;
  height: number;
  fps: number;
  fit: string;
  quality: 'draft' | 'final';
  fade_in_s: number;
  fade_out_s: number;
  loudness: 'off' | 'web' | 'broadcast';
}

/** What a lane of the mix does to all that is in it. */
interface Channel {
  volume: number;
  muted: boolean;
  duck_db: number;  // how much quieter it is while a voice is heard
}

interface Track extends Channel {
  id: string;
  kind: 'music' | 'voice' | 'effects';
  title: string;
  sounds: SoundClip[];
}

/** A part of a sound file on a track. */
interface SoundClip {
  id: string;
  file: string;
  title: string;
  anchor: string | null;  // the shot that it moves with
  start_s: number;  // after the start of the film, or of that shot
  offset_s: number;
  duration_s: number | null;  // null: to its end
  loop: boolean;
  volume: number;
  envelope: {at_s: number, volume: number}[];
  fade_in_s: number;
  fade_out_s: number;
  spoken: string;
  peaks?: string;  // where its file's waveform is asked for; none where the file is missing
  beats?: string;  // and the beats of a music
}

/** How a video's own sound is heard in its shot. */
interface ShotSound {
  volume: number;
  muted: boolean;
  fade_in_s: number;
  fade_out_s: number;
  rings: boolean;
  room_tone: boolean;
}

interface Engine {
  name: string;
  title: string;
  missing: string;  // why it cannot be used; the rest is known of those that can
  description?: string;
  tasks?: string[];
  styles?: string[];
  cameras?: string[];
  uses_prompt?: boolean;
  uses_seed?: boolean;
  seed_shows?: boolean;
  joins_unlike?: boolean;
  framing?: boolean;  // its animations can go from one part of the picture to another
  eyes_missing?: boolean;  // it would see more with weights that are not here
}

/** How far the clips are (progress_view). All of it is there or nothing. */
interface Progress {
  answer?: number;
  story?: string;
  rev?: number;
  states?: Record<string, Standing>;
  plan_problem?: string;
  to_make?: number;
  ends?: Record<string, (string | null)[]>;  // pictures of the two frames a transition joins
  takes?: Record<string, TakeStanding[]>;
  likeness?: Record<string, {value: number | null, unlike: boolean}>;
  comparing?: boolean;
  clips?: Record<string, Clip[]>;
  job?: Job | null;
  waiting?: number;
  jobs?: Job[];
  others?: {story: string, title: string, job: Job}[];  // renders of the visitor's other stories
  changes?: number;
  interrupted?: number;
  seconds_to_render?: number | null;
  video?: Film | null;
  videos?: Film[];
  scenes?: {id: string, message: string}[];
  sound_works?: {id: string, message: string}[];  // by the sound, the shot that is spoken over, or "hearing"
}

interface Standing {
  state: 'ready' | 'draft' | 'stale' | 'queued' | 'rendering' | 'failed' | 'cut';
  percent?: number;
  reason?: string;
  job?: string;
  weights?: boolean;  // its engine's are missing
  style?: string;  // what an engine chose that was left to choose
}

interface TakeStanding {
  state: 'ready' | 'stale' | 'queued' | 'rendering' | 'failed';
  percent: number;
  reason: string;
  score: Score | null;
  best: boolean;
  clips: Clip[];
  pictures: string[];
}

interface Score {
  value: number;
  says: string;
  differs: string;
  parts: [name: string, value: number, most: boolean][];
}

interface Clip {
  url: string;
  frames: number;
}

interface Job {
  id: string;
  kind: 'story' | 'preview' | 'takes';
  label: string;
  state: 'queued' | 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';
  busy: boolean;
  message: string;
  ahead: number;
  owner: string;
  doing: string;
  format: string;
  again: boolean;
  ended: number;  // seconds since 1970
  failed: Record<string, string>;
  done?: number;
  total?: number;
  fraction?: number;
  making?: string;
  writing?: number;
  clips?: [owner: string, percent: number][];
  seconds_left?: number | null;
  live?: string;
}

interface Film {
  url: string;
  name: string;
  download: string;
  kind: string;
  bytes: number;
  made: number;
  outdated: boolean | null;  // whether the story has changed since; null: not known
}

/** A form that a film goes out in. */
interface Format {
  name: string;
  title: string;
  about: string;
  kind: 'video' | 'moving' | 'stills' | 'still' | 'sound';
  sound: boolean;
}

/** How large an export will be (sizes_router); `less`: what a GIF can be instead. */
interface SizeAnswer {
  bytes: number;
  rough: boolean;
  seconds: number | null;  // until it is made
  less: {max_width: number, max_fps: number, bytes: number} | null;
  problem: string;
}

/** How an export differs from the story; what is left out is as there. */
interface Wish {
  width?: number;
  height?: number;
  fps?: number;
  quality?: string;
  from_s?: number;
  to_s?: number;
  at_s?: number;
  shots?: string[];
  max_width?: number;
  max_fps?: number;
}

/** What is chosen in the Export dialog; '' is as the story. */
interface Choice {
  size: string;
  fps: string;
  quality: string;
  part: 'whole' | 'shots' | 'times';
  from: number;
  to: number;
  at: number;
  width: string;  // of a GIF, and its rate
  slow: string;
}

/** What does not depend on a story (catalogue). */
interface Catalogue {
  engines: Engine[];
  cameras: string[];
  sizes: {label: string, width: number, height: number}[];
  fps: number[];
  formats: Format[];
  export_sizes: {label: string, width: number, height: number}[];
  fits: string[];
  media: string;  // suffixes, with commas
  sounds: string;
  subtitles: string;
  voices: {name: string, languages: string[], missing: string}[];  // the best first
  deaf: string;  // why speech cannot be made into captions here
  takes: number;
  meanings: Record<string, {title: string, means: string}>;
  eyes: {name: string, title: string, bytes: number} | null;  // where it may be downloaded
  max_upload: number;  // bytes of a file
  samples: {name: string, title: string, thumb: string}[];
  templates: Template[];
  new_edge: NewEdge;
  camera_phrases: Phrase[];
  readings: Record<string, Reading>;  // of the engines that do not read prompts as prose
  limits: Record<'shot' | 'edge' | 'settings' | 'sound' | 'track' | 'caption' | 'story', Limits>;
}

/** A kind of film that a new story can be, with what a small picture of it shows. */
interface Template {
  name: string;
  title: string;
  about: string;
  width: number;
  height: number;
  card: string | null;  // the colour of a title card that comes first
  words: string[];  // where words stand over each picture: '' for none, bottom or centre
  looks: string[];  // of the transition behind each; 'cut' for none
  export: string;  // the preset that such films go out with
}

/** A pattern of lower-case text, and the move or style that it asks for. */
type Phrase = [pattern: string, name: string];

/** What an engine takes from a prompt beside camera moves. */
interface Reading {
  styles: Phrase[];
  words: string[];
}

type Limits = Record<string, {min?: number, max?: number, length?: number}>;

/** Two versions of a story (versions_view). */
interface Versions {
  digest: string;
  changed: number;
  problem: string;
  editor: VersionCard;
  disk: VersionCard | null;
  differs: string[];
}

interface VersionCard {
  title: string;
  shots: number;
  total_s: number;
  faces: {thumb?: string, colour?: string}[];
}

/** A version of the story that was kept, by itself where it has no name (KeptView). */
interface KeptVersion {
  number: number;
  made: number;
  name: string;
  version: VersionCard;
  differs: string[];
}

/** The scores that changed since they were last asked for (ScoresView). */
interface ScoresAnswer {
  changes: number;
  waiting: number;
  overall: string;
  owners: Record<string, PartScores | null>;
}

interface PartScores {
  draft: boolean;
  tone: 'good' | 'fair' | 'bad';
  says: string;
  flags: {kind: 'torn' | 'cut' | 'seam' | 'drift' | 'soft', says: string, at_s: number}[];
  rows: ScoreRow[];
  drift: Drift | null;
}

interface ScoreRow {
  name: string;
  title?: string;
  text: string;
  tone?: string;
  bar: number;
  best?: boolean;
}

interface Drift {
  curve: number[];
  limit: number;
  cut: number | null;
  step_s: number;
}

/** The Stories dialog (StoriesView). */
interface StoriesList {
  answer?: number;
  messages?: string[];  // what went wrong with what this answers
  for_one?: boolean;
  stories?: StoryCard[];
  deleted?: StoryCard[];
}

interface StoryCard {
  name: string;
  title: string;
  changed: number;
  damaged?: boolean;
  shots?: number;
  total_s?: number;
  archive?: string;
  archive_name?: string;
  thumb?: string;
  colour?: string;
}

/** The Disk use dialog (DiskView): bytes. */
interface DiskUse {
  answer?: number;
  messages?: string[];  // what went wrong with what this answers
  stories?: StoryUse[];  // the largest first
  several?: number;  // clips that more than one story needs
  earlier?: number;  // clips that none needs any more
  waiting?: number;  // stories that are yet to be looked through
}

interface StoryUse {
  name: string;
  title: string;
  deleted: boolean;
  media: number;
  films: number;
  clips: number | null;  // null while they are looked for
  takes: number | null;
}

/** The Models panel (ModelsView). */
interface ModelsList {
  busy?: boolean;
  closed?: string;
  answer?: number;
  messages?: string[];  // what went wrong with what this answers
  recommended?: Recommended | null;
  models?: Model[];
}

/** The engines that suit the machine, and what was found of it; sizes in bytes. */
interface Recommended {
  machine: {gpu: string, gpu_memory: number, memory: number, cores: number, free: number};
  clip_s: number;
  width: number;
  height: number;
  engines: Suited[];
}

interface Suited {
  engine: string;
  title: string;
  model: string;
  to_come: number;
  seconds: number;
  measured: boolean;
}

interface Model {
  name: string;
  title: string;
  purpose: string;
  bytes: number;
  estimate: boolean;
  research: boolean;
  lacks: string;
  here: number;
  licences: {name: string, url: string, note: string}[];
  sources: string[];
  state: 'complete' | 'partial' | 'missing' | 'downloading';
  loaded: boolean;
  stopping: boolean;
  file: string;
  done: number;
  total: number;
  message: string;
  failed: boolean;
  by_hand: string[];
}

/* Messages of the page --------------------------------------------------------------------- */

/** An edit, as app/page/commands.py reads it. */
interface Command {
  op: string;
  [field: string]: any;
}

/** Commands on their way; the server does none twice that has the same tab and number. */
interface Batch {
  seq: number;
  tab: string;
  story: string;
  rev: number;
  ops: Command[];
}

/* What the page keeps ---------------------------------------------------------------------- */

interface State {
  story: Story | null;
  progress: Progress;
  catalogue: Catalogue | null;
  scores: {owners: Record<string, PartScores | null>, overall: string, waiting: number};
  selected: Selected | null;
  picked: string[];  // the shots and edges that are selected together, the selected one among them
  selecting: boolean;  // by touch: a tap adds to what is picked
  pending: Pending[];  // files on their way to become shots
  messages: string[];  // of the server, until they are closed
  panel: 'selection' | 'story' | 'quality' | 'sound';  // what the inspector shows
  sound: Heard | null;  // what is selected in the lanes, shown in the panel 'sound'
  solo: string[];  // tracks that alone are listened to; '' are the shots' own sounds
  take: {owner: string, index: number} | null;  // one that is looked at instead of the present one
  compare: {owner: string, left: number, right: number} | null;  // two takes on the stage; -1: as it is now
  captioning: string | null;  // the id of a new title card, whose words come next
  view: 'selection' | 'story' | 'video';  // what the stage shows
  format: string;
  lost: boolean;  // the server does not answer
  saidSaved: boolean;
}

type Selected = {kind: 'shot', id: string, owner?: undefined}
  | {kind: 'edge', owner: string, id?: undefined};

/** A sound or a track; '' is the lane of the shots' own sounds. */
type Heard = {kind: 'sound' | 'track', id: string};

interface Pending {
  key: string;
  name: string;
  before: string | null;  // the shot that it goes before; null: last
  doing: 'Waiting' | 'Uploading' | 'Reading';
}

/** An uploaded file. */
interface Sent {
  path: string;
  name: string;
}

/** A shot or a transition on the line of time, seconds. */
interface TimedPart {
  owner: string;
  kind: 'shot' | 'edge';
  item: Shot | Edge;
  frames: number;
  start: number;
  end: number;
}

/** Where a part stands on the strip (pixels) and in time (seconds). */
interface Place {
  name: string;
  kind: 'shot' | 'edge' | 'pending';
  n: number;  // of the shot, or of the one before, from 1
  x: number;
  width: number;
  start: number;
  end: number;
}

/** What the parts of the timeline share. */
interface Line extends LineActions {
  element: HTMLElement;
  scroller: HTMLElement;
  lane: HTMLElement;
  strip: HTMLElement;
  view: {left: number, width: number};  // what is in sight, known without asking the layout
  say: (text: string) => void;
  x: (clientX: number) => number;  // a point of the window as a place on the strip
  name: (child: Element) => string;
  node: (name: string) => HTMLElement | undefined;  // none out of sight
  lifted: Set<string>;  // the shots that are dragged
  gap: (x: number) => {before: string | null, x: number};  // where something put down there goes
  mark: (x: number | null) => void;
  nudge: (clientX: number) => void;  // scroll on where something is dragged near an end
  reveal: (x: number, width?: number, behavior?: ScrollBehavior) => void;
}

interface LineActions {
  picked: () => string[];
  here: () => string | null;
  step: (by: number) => string | null | undefined;
  cut: () => {id: string, at_s: number} | null;
  whole: (name: string, wanted: number) => number;
  move: (moving: string[], before: string | null) => void;
  make: (op: string, fields: Changes) => Promise<string[]>;
  duplicate: (chosen?: string[]) => Promise<string[]>;
  split: () => Promise<string[]>;
  addCard: () => Promise<void>;
  remove: () => void;
  last: (name: string, duration_s: number) => void;
  addFiles?: (files: File[], before: string | null) => Promise<void>;
  refused?: (lines: string[]) => void;
  offerScenes?: (ids: string[]) => void;
  findScenes?: (ids: string[]) => void;
  gallery?: () => HTMLElement;
  addSounds?: (files: File[], at?: SoundPlace) => Promise<void>;
}

/** Where a new sound is laid: without a track on one of its kind that has room there. */
interface SoundPlace {
  start_s?: number;
  track?: string | null;
  kind?: Track['kind'];
  anchor?: string | null;
}

/** What Gradio gives a part of the page (app/page/layout.py). */
interface Zone<Message> {
  props: any;
  value: () => Message;
  watch: (name: string, changed: () => void) => void;
  send: (message: any) => void;
}

/** A part of the inspector; what was typed into it and waits is saved before it shows another. */
interface Panel {
  element: HTMLElement;
  update: (selected: Selected) => void;
  save: () => void;
  showTakes?: () => void;
}

/** What may be edited of a shot, a transition or the settings, by the names of its fields. */
type Changes = Record<string, any>;

/** What a menu can do with the clipboard. */
interface ShotClipboard {
  copy: () => void;
  cut: () => void;
  paste: () => unknown;
  canPaste: () => boolean;
  copyLook: () => boolean;
  pasteLook: () => boolean;
  lookTargets: () => string[];
}

/** A choice in a control. */
interface Option {
  value: string;
  label: string;
  reason?: string;  // why it cannot be chosen
  title?: string;
}

interface Window {
  storyboard: any;
}
