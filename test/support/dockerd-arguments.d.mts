/** Types of dockerd-arguments.mjs. */
export const DATA_ROOT_NAME: string;
export function dockerdArguments(folder: string, dataRoot: string): { socket: string; args: string[] };
