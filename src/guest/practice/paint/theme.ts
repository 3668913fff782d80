/** Colours of the practice desktop. */
export const COLORS = {
  accent: '#e95420',
  /** Headers of windows: focused and not. */
  header: '#ebebeb',
  headerUnfocused: '#fafafa',
  window: '#fafafa',
  /** Line around a window. */
  edge: '#bcb6b3',
  statusBar: '#f0f0f0',
  /** Where text is written. */
  field: '#ffffff',
  text: '#2e2a2b',
  dimText: '#75706f',
  border: '#d3cfcd',
  selection: '#f7c6b3',
  selectionUnfocused: '#dedbd9',
  button: '#e4e0de',
  panel: '#1b1118',
  panelText: '#ffffff',
} as const;
