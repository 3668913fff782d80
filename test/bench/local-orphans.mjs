/** Ends what a killed bench left of local desktops: `local-orphans.mjs FOLDER_OF_DESKTOPS`. The bench itself has ended. */
import { findOrphans } from '../../dist/providers/local/record.js';
import { removeLeftDesktops } from '../../dist/runs/left-desktops.js';

await removeLeftDesktops(await findOrphans(process.argv[2] ?? ''));
