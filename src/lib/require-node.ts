/** Ends the process with a fix when Node is older than `engines.node`. Written in syntax that old Nodes parse. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `✗ arpo-env needs Node 20.19 or newer; this is ${process.versions.node} (${process.execPath})\n→ install a current Node, e.g. https://nodejs.org or: nvm install 22\n`,
  );
  process.exit(2);
}
