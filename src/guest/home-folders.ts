/** The folders of a person's home, and by which names programs ask for them (xdg-user-dirs). */

const NAMES: Readonly<Record<string, string>> = {
  ...{ Desktop: 'DESKTOP', Documents: 'DOCUMENTS', Downloads: 'DOWNLOAD', Music: 'MUSIC' },
  ...{ Pictures: 'PICTURES', Public: 'PUBLICSHARE', Templates: 'TEMPLATES', Videos: 'VIDEOS' },
};

export const HOME_FOLDERS = Object.keys(NAMES);

/** In the home directory. */
export const USER_DIRS_FILE = '.config/user-dirs.dirs';

export const USER_DIRS = Object.entries(NAMES)
  .map(([folder, name]) => `XDG_${name}_DIR="$HOME/${folder}"\n`)
  .join('');
