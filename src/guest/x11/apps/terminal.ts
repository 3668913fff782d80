/** The terminal: how it looks, and how its text is read. */

/** No keyboard has it. The terminal prints its text when this key is pressed (xterm(1), print-everything). */
export const PRINT_KEYSYM = 0xffe0;
const PRINT_KEY = 'F35';

/** X resources of xterm. `textFile`: where the text goes; it appears there whole. */
export function terminalResources(textFile: string): string {
  return `XTerm*termName: xterm-256color
XTerm*utf8: 1
XTerm*faceName: monospace
XTerm*faceSize: 11
XTerm*geometry: 110x30
XTerm*background: #300a24
XTerm*foreground: #eeeeec
XTerm*cursorColor: #ffffff
XTerm*internalBorder: 8
XTerm*scrollBar: false
XTerm*saveLines: 4000
XTerm*selectToClipboard: true
XTerm*bellIsUrgent: false
XTerm*metaSendsEscape: true
XTerm*printAttributes: 0
XTerm*printerAutoClose: true
XTerm*printerCommand: sh -c 'cat > ${textFile}.new && mv ${textFile}.new ${textFile}'
XTerm*VT100.Translations: #override \\
  Ctrl Shift <Key>C: copy-selection(CLIPBOARD) \\n\\
  Ctrl Shift <Key>V: insert-selection(CLIPBOARD) \\n\\
  <Key>${PRINT_KEY}: print-everything(noNewPage)
`;
}

/** What a person's home directory begins with. */
export const BASHRC = `case $- in *i*) ;; *) return ;; esac
PS1='\\[\\e[1;32m\\]user@user-virtual-machine\\[\\e[0m\\]:\\[\\e[1;34m\\]\\w\\[\\e[0m\\]\\$ '
HISTCONTROL=ignoreboth
alias ls='ls --color=auto'
`;

/**
 * What a login shell reads after the system's profile, which sets a PATH without the desktop's own programs. They are found
 * beside what XENVIRONMENT names: a home may be that of another desktop next time.
 */
export const LOGIN_PROFILE = `[ -z "$XENVIRONMENT" ] || PATH=\${XENVIRONMENT%/*}/bin:$PATH
[ -z "$BASH" ] || [ ! -f ~/.bashrc ] || . ~/.bashrc
`;
