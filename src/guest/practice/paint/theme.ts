/** Colours of the desktop, light and dark. */
export interface Theme {
  dark: boolean;
  accent: string;
  onAccent: string;
  /** Headers of windows: focused and not. */
  header: string;
  headerUnfocused: string;
  window: string;
  /** Line around a window. */
  edge: string;
  sidebar: string;
  /** Cards and text fields. */
  field: string;
  text: string;
  dimText: string;
  border: string;
  hover: string;
  selection: string;
  selectionUnfocused: string;
  control: string;
  switchOff: string;
}

const ACCENT = '#e95420';

export const LIGHT: Theme = {
  dark: false,
  accent: ACCENT,
  onAccent: '#ffffff',
  header: '#ebebeb',
  headerUnfocused: '#fafafa',
  window: '#fafafa',
  edge: '#bcb6b3',
  sidebar: '#f0f0f0',
  field: '#ffffff',
  text: '#2e2a2b',
  dimText: '#75706f',
  border: '#d3cfcd',
  hover: '#e6e2e0',
  selection: '#f7c6b3',
  selectionUnfocused: '#dedbd9',
  control: '#e4e0de',
  switchOff: '#c6c1be',
};

export const DARK: Theme = {
  dark: true,
  accent: ACCENT,
  onAccent: '#ffffff',
  header: '#303030',
  headerUnfocused: '#272727',
  window: '#242424',
  edge: '#4b4b4b',
  sidebar: '#2b2b2b',
  field: '#1d1d1d',
  text: '#f4f1ef',
  dimText: '#a5a09d',
  border: '#111111',
  hover: '#3a3a3a',
  selection: '#7c3a22',
  selectionUnfocused: '#454545',
  control: '#3d3d3d',
  switchOff: '#575757',
};

/** Panel, dock, menus of the shell and the terminal keep their colours in both. */
export const SHELL = {
  panel: '#1b1118',
  dock: '#24141f',
  text: '#ffffff',
  dimText: '#c9bcc4',
  highlight: '#4a3643',
  terminal: '#300a24',
  terminalText: '#eeeeec',
  promptUser: '#8ae234',
  promptPath: '#729fcf',
} as const;
