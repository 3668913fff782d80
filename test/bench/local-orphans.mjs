/** Ends what a killed bench left of local desktops: `local-orphans.mjs FOLDER_OF_DESKTOPS`. The bench itself has ended. */
import { removeOrphans } from '../../dist/providers/local/record.js';

await removeOrphans(process.argv[2] ?? '');
