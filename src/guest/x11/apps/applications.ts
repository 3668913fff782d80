/**
 * What opens a link or a file, for programs that ask the desktop: the names under which OSWorld's machine has them, in front of
 * the system's, which would start the browser past `google-chrome` and its profile.
 */

export interface ApplicationsOptions {
  hasBrowser: boolean;
  hasEditor: boolean;
}

interface Application {
  file: string;
  name: string;
  command: string;
  types: readonly string[];
}

const BROWSER: Application = {
  file: 'google-chrome.desktop',
  name: 'Google Chrome',
  command: 'google-chrome %U',
  types: [
    ...['x-scheme-handler/http', 'x-scheme-handler/https', 'x-scheme-handler/about', 'text/html'],
    ...['application/xhtml+xml', 'application/pdf', 'image/png', 'image/jpeg', 'image/gif', 'image/webp'],
    ...['image/bmp', 'image/svg+xml'],
  ],
};
const EDITOR: Application = {
  file: 'org.gnome.gedit.desktop',
  name: 'Text Editor',
  command: 'gedit %U',
  types: ['text/plain', 'application/x-zerosize'],
};

/** Of the Desktop Entry and MIME Applications specifications: file name and text of what lies in `applications`. */
export function applicationFiles({ hasBrowser, hasEditor }: ApplicationsOptions): Record<string, string> {
  const applications = [...(hasBrowser ? [BROWSER] : []), ...(hasEditor ? [EDITOR] : [])];
  const defaults = applications.flatMap(({ file, types }) => types.map((type) => `${type}=${file}\n`));
  return {
    ...Object.fromEntries(applications.map((application) => [application.file, entry(application)])),
    'mimeapps.list': `[Default Applications]\n${defaults.join('')}`,
  };
}

function entry({ name, command, types }: Application): string {
  return `[Desktop Entry]\nType=Application\nName=${name}\nExec=${command}\nMimeType=${types.join(';')};\n`;
}
